import type { Dataset, DatasetOptions } from '../../data/dataset.ts';
import { askDataWorker } from './line.ts';

/**
 * Examples from the text of a CSV, TSV or JSONL file, read in a worker that lives as long as that takes: the page
 * stays free, however long the file.
 * @throws ArgumentError as `readDataset` of `tabgrad`
 * @throws WorkerError when the worker does not start
 */
export function readDataset(text: string, options: DatasetOptions = {}): Promise<Dataset> {
  return askDataWorker('The examples could not be read', (api) => api.readDataset(text, options));
}
