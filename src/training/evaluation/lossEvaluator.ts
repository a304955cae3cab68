import { runBatches, sentenceEmbeddings } from '../../model/forward.ts';
import { scope } from '../../tensor/scope.ts';
import { fromData } from '../../tensor/tensor.ts';
import { columnsOf, sequencesOf } from '../batches/tokenizedExample.ts';
import type { EmbeddingLoss } from '../losses/loss.ts';
import { embeddingForm } from '../step/embed.ts';
import { LossReadings } from '../step/lossReading.ts';
import type { Evaluator } from './evaluator.ts';

/**
 * The loss itself, its mean over batches of the examples in their order. It tells no details.
 * @param batchSize examples of a batch
 */
export function lossEvaluator(loss: EmbeddingLoss, batchSize: number): Evaluator {
  return {
    metrics: { loss: { greaterIsBetter: false } },
    primaryMetric: 'loss',
    async evaluate(core, examples, { step, signal }) {
      const { engine } = core;
      const form = embeddingForm(core);
      const losses: Record<string, number> = {};
      for (let first = 0; first < examples.length; first += batchSize) {
        const batch = examples.slice(first, first + batchSize);
        const width = core.folder.repository.dimension;
        const rows = new Float32Array(sequencesOf(batch, loss.texts).length * width);
        await runBatches(
          core,
          sequencesOf(batch, loss.texts),
          (hidden, packed, part) => [sentenceEmbeddings(core, hidden, packed, part, form)],
          ([values], start) => rows.set(values!, start * width),
          { signal },
        );
        const readings = scope(engine, () => {
          const columns = columnsOf(batch, loss.texts).map(({ name, first: at, count }) => {
            return [name, fromData(engine, rows.slice(at * width, (at + count) * width), [count, width])];
          });
          const readings = new LossReadings();
          readings.add(loss.ofEmbeddings(Object.fromEntries(columns), batch, 1).values);
          return readings.all();
        });
        await engine.commands.submit();
        for (const { name, value } of readings) {
          losses[name] = (losses[name] ?? 0) + ((await value) * batch.length) / examples.length;
        }
      }
      const total = [...loss.weights].reduce((sum, [name, weight]) => sum + weight * losses[name]!, 0);
      return {
        ...{ type: 'evaluation', step, losses, accuracy: {}, macroF1: {} },
        metrics: { loss: total },
      };
    },
  };
}
