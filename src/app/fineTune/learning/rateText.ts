import { scientific } from '../../format.ts';

/** A learning rate with two digits: 1e−3, 2.5e−5, 0 */
export function rateText(rate: number): string {
  return rate === 0 ? '0' : scientific(Number(rate.toPrecision(2)));
}
