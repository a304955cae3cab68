import { runBatches } from '../../model/forward.ts';
import { scope } from '../../tensor/scope.ts';
import { fromData } from '../../tensor/tensor.ts';
import { sequencesOf } from '../batches/tokenizedExample.ts';
import type { EmbeddingLoss } from '../losses/loss.ts';
import { splitColumns } from '../step/columns.ts';
import { embedder } from '../step/embed.ts';
import { LossReadings } from '../step/lossReading.ts';
import type { Evaluator } from './evaluator.ts';

/** The loss's mean over batches of so many examples, in their order. It tells no details. */
export function lossEvaluator(loss: EmbeddingLoss, batchSize: number): Evaluator {
  return {
    metrics: { loss: { greaterIsBetter: false } },
    primaryMetric: 'loss',
    async evaluate(core, examples, { step, signal }) {
      const { engine } = core;
      const embed = embedder(core);
      const losses: Record<string, number> = {};
      for (let first = 0; first < examples.length; first += batchSize) {
        const batch = examples.slice(first, first + batchSize);
        const width = core.folder.repository.dimension;
        const texts = sequencesOf(batch, loss.texts);
        const [rows] = await runBatches(core, texts, [width], (...part) => [embed(...part)], { signal });
        const readings = scope(engine, () => {
          const embeddings = fromData(engine, rows!, [texts.length, width]);
          const readings = new LossReadings();
          readings.add(loss.ofEmbeddings(splitColumns(embeddings, batch, loss.texts), batch, 1).values);
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
