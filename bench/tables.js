import { maxDifference } from './peers/inputs.js';

/**
 * The benchmark's results as Markdown tables.
 *
 * @typedef {{ shape: string, firstMs: number, bestMs: number, medianMs: number, dispatches: number, difference: number | null }} EmbeddingResult
 * @typedef {{ name: string, version: string, adapter: string, results: EmbeddingResult[] }} EmbeddingReport
 * @typedef {{ name: string, version: string, adapter: string, shape: string, firstMs: number, bestMs: number, medianMs: number,
 *   dispatches: number, peakBytes: number, losses: number[] }} TrainingReport
 */

/**
 * Of two runs of a library the lower time of each batch that both have; the first call's is that of the first run.
 * @param {EmbeddingReport} a @param {EmbeddingReport} b @returns {EmbeddingReport}
 */
export function fastest(a, b) {
  const results = a.results.map((result) => {
    const other = b.results.find(({ shape }) => shape === result.shape) ?? result;
    return {
      ...result,
      bestMs: Math.min(result.bestMs, other.bestMs),
      medianMs: Math.min(result.medianMs, other.medianMs),
    };
  });
  return { ...a, results };
}

/** @param {EmbeddingReport[]} reports the first is what the others are compared with @param {number} repeats @returns {string[]} lines */
export function embeddingTable(reports, repeats) {
  const [own] = reports;
  const rows = own.results.flatMap((ours, i) =>
    reports.map(({ name, version, results }) => {
      const { shape, bestMs, medianMs, dispatches, firstMs, difference } = results[i];
      return [
        shape.replace('x', ' × '),
        `${name} ${version}`,
        times(bestMs, medianMs),
        ((1000 * Number.parseInt(shape, 10)) / bestMs).toFixed(1),
        name === own.name ? '' : ratio(bestMs, ours.bestMs),
        dispatches,
        firstMs.toFixed(0),
        difference === null ? '' : difference.toExponential(1),
      ];
    }),
  );
  const titles = ['sentences × tokens', 'library', 'ms', 'sentences/s', `${own.name} is faster by`];
  return [
    `\nEmbedding. ${heading(own, `of ${repeats} calls a round`)}`,
    ...table([...titles, 'dispatches', 'first call, ms', 'max difference to Python'], rows),
  ];
}

/**
 * @param {TrainingReport[][]} byShape of each batch the libraries; the first is what the others are compared with
 * @param {number} repeats
 * @returns {string[]} lines
 */
export function trainingTable(byShape, repeats) {
  const [[own]] = byShape;
  const rows = byShape.flatMap((reports) =>
    reports.map((report) => [
      report.shape.replace('x', ' × '),
      `${report.name} ${report.version}`,
      times(report.bestMs, report.medianMs),
      report.name === own.name ? '' : ratio(report.bestMs, reports[0].bestMs),
      report.dispatches,
      (report.peakBytes / 1e6).toFixed(0),
      report.firstMs.toFixed(0),
      report.name === own.name ? '' : largestLossDifference([reports[0], report]).toExponential(1),
    ]),
  );
  const titles = ['sentences × tokens', 'library', 'ms a step', `${own.name} is faster by`, 'dispatches'];
  return [
    `\nTraining (all parameters, Adam). ${heading(own, `of ${repeats} steps`)}`,
    ...table([...titles, 'peak GPU MB', 'first step, ms', 'max difference of the losses'], rows),
    '\nLoss before each step, all of them:',
    ...byShape
      .flat()
      .map(
        ({ shape, name, losses }) => `${shape}, ${name}: ${losses.map((loss) => loss.toFixed(6)).join(' ')}`,
      ),
  ];
}

/** @param {TrainingReport[]} reports @returns {number} max |Δ| to the first's losses; NaN where one is no number */
export function largestLossDifference([first, ...others]) {
  return others.map(({ losses }) => maxDifference(losses, first.losses)).reduce((a, b) => Math.max(a, b), 0);
}

/** @param {{ adapter: string }} report @param {string} runs */
function heading({ adapter }, runs) {
  return `Adapter: ${adapter}. Best ${runs}; median in brackets; the ratio is of the best.`;
}

/** @param {number} best @param {number} median */
function times(best, median) {
  return `${best.toFixed(1)} (${median.toFixed(1)})`;
}

/** @param {number} theirs @param {number} ours */
function ratio(theirs, ours) {
  return `${(theirs / ours).toFixed(2)}×`;
}

/** @param {string[]} titles @param {(string | number)[][]} rows @returns {string[]} lines */
function table(titles, rows) {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
