/** Percent of its colour in the strongest cell: text reads on it in both themes (WCAG AA). */
export const strongest = 42;

/** The background of a cell. @param share of the row's texts, 0 to 1; NaN where the row has none */
export function shade(share: number, isRight: boolean): string | undefined {
  if (!(share > 0)) return undefined;
  const percent = Math.round(8 + (strongest - 8) * share);
  return `color-mix(in srgb, var(${isRight ? '--accent' : '--error'}) ${percent}%, var(--card))`;
}
