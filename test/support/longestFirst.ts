import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, which their sizes do not tell: two processes end together when these begin first. */
const longest = [
  'model/training.gpu',
  'model/trainingDetails.gpu',
  'training/checkpoint/checkpoint.gpu',
  'selfTest/mutants.gpu',
];

/** Vitest's own order, but for the longest files. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = longest.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return place === -1 ? longest.length : place;
    };
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
