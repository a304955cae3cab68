import {
  DeviceLostError,
  DownloadError,
  ModelFormatError,
  OutOfMemoryError,
  type TabgradError,
} from '../../errors.ts';
import { WorkerError } from '../../worker/client.ts';
import { messageOf } from '../format.ts';

/** Why there is no model, and what the reader can do. */
export interface Trouble {
  title: string;
  message: string;
  steps: string[];
}

/** Title and advice for errors of the types in `of`. */
const remedies: (Omit<Trouble, 'message'> & { of: (typeof TabgradError)[] })[] = [
  {
    of: [DeviceLostError, WorkerError],
    title: 'The GPU is gone',
    steps: [
      'Press Retry: the model comes back from this browser’s storage. Texts, labels and settings are still here.',
      'If it happens again, close other tabs and programs that use the GPU, or train in smaller batches.',
    ],
  },
  {
    of: [OutOfMemoryError],
    title: 'No room on the GPU',
    steps: ['Close other tabs and programs that use the GPU, then press Retry.', 'Or open a smaller model.'],
  },
  {
    of: [DownloadError],
    title: 'The model could not be fetched',
    steps: [
      'Check the connection, then press Retry.',
      'A model’s folder or zip can be opened from the disk.',
    ],
  },
  {
    of: [ModelFormatError],
    title: 'This model cannot be read',
    steps: ['BERT-type sentence-transformers models with model.safetensors work, such as all-MiniLM-L6-v2.'],
  },
];

const anyOther = {
  title: 'The model could not be loaded',
  steps: ['Press Retry, or open another model.'],
};

export function troubleOf(error: unknown): Trouble {
  const remedy = remedies.find(({ of }) => of.some((type) => error instanceof type));
  const { title, steps } = remedy ?? anyOther;
  return { title, message: messageOf(error), steps };
}
