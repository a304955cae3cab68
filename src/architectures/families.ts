import { asObject } from '../files/json.ts';
import { quote } from '../values/quote.ts';
import type { Architecture, Encoder } from './architecture.ts';
import { bert } from './bert/encoder.ts';
import { CONFIG, wrongConfig } from './configFields.ts';
import { type ModelType, modelTypes } from './modelTypes.ts';

const families: Record<ModelType, Architecture> = { bert };

/**
 * The encoder that a model's config.json describes.
 * @throws ModelFormatError for a `model_type` without a family here, or what the family refuses
 */
export function readEncoder(config: unknown): Encoder {
  const fields = asObject(config, CONFIG);
  const type = modelTypes.find((known) => known === fields.model_type);
  if (type) return families[type](fields);
  throw wrongConfig(
    `model_type is ${quote(fields.model_type)}. Only ${modelTypes.map(quote).join(', ')} works, as in sentence-transformers/all-MiniLM-L6-v2 or BAAI/bge-small-en-v1.5`,
  );
}
