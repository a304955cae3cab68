import { DeviceLostError, DownloadError, ModelFormatError, OutOfMemoryError } from '../../errors.ts';
import { WorkerError } from '../../worker/client.ts';
import { messageOf } from '../format.ts';

/** Why there is no model, and what to do. */
export interface Trouble {
  title: string;
  message: string;
  steps: string[];
}

export function troubleOf(error: unknown): Trouble {
  const message = messageOf(error);
  if (error instanceof DeviceLostError || error instanceof WorkerError) {
    return {
      title: 'The GPU is gone',
      message,
      steps: [
        'Press Retry: the model comes back from this browser’s storage. Texts, labels and settings are still here.',
        'If it happens again, close other tabs and programs that use the GPU, or train in smaller batches.',
      ],
    };
  }
  if (error instanceof OutOfMemoryError) {
    return {
      title: 'No room on the GPU',
      message,
      steps: [
        'Close other tabs and programs that use the GPU, then press Retry.',
        'Or open a smaller model.',
      ],
    };
  }
  if (error instanceof DownloadError) {
    return {
      title: 'The model could not be fetched',
      message,
      steps: [
        'Check the connection, then press Retry.',
        'A model’s folder or zip can be opened from the disk.',
      ],
    };
  }
  if (error instanceof ModelFormatError) {
    return {
      title: 'This model cannot be read',
      message,
      steps: [
        'BERT-type sentence-transformers models with model.safetensors work, such as all-MiniLM-L6-v2.',
      ],
    };
  }
  return { title: 'The model could not be loaded', message, steps: ['Press Retry, or open another model.'] };
}
