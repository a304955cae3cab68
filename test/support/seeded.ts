import { seededTensor } from '../../src/selfTest/seeded.ts';

export { seededTensor };

/** The sizes of a BertModel, in the words of its config.json. */
export interface BertSizes {
  hidden_size: number;
  intermediate_size: number;
  vocab_size: number;
  max_position_embeddings: number;
  type_vocab_size: number;
  num_hidden_layers: number;
}

/** A tensor of a seeded model. */
export interface SeededTensor {
  readonly shape: readonly number[];
  /** Generated anew at each access, so that a model need never lie in memory as a whole. */
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * Parameters of a BertModel by checkpoint name, in the order of PyTorch's state_dict, pooler included.
 * Scales (times 1 / √(fan in)) keep twelve layers alive: queries and keys large, so that attention picks and chooses;
 * what is added to the residual small, or all tokens end up alike.
 */
export function seededBert(config: BertSizes): Map<string, SeededTensor> {
  const { hidden_size: hidden, intermediate_size: inner } = config;
  const tensors = new Map<string, SeededTensor>();

  function add(name: string, shape: number[], scale: number, offset = 0) {
    tensors.set(name, {
      shape,
      get data() {
        return seededTensor(name, shape, scale, offset);
      },
    });
  }
  function linear(name: string, fanIn: number, fanOut: number, gain: number) {
    add(`${name}.weight`, [fanOut, fanIn], gain / Math.sqrt(fanIn));
    add(`${name}.bias`, [fanOut], 0.05);
  }
  function layerNorm(name: string) {
    add(`${name}.weight`, [hidden], 0.1, 1);
    add(`${name}.bias`, [hidden], 0.1);
  }

  add('embeddings.word_embeddings.weight', [config.vocab_size, hidden], 0.1);
  add('embeddings.position_embeddings.weight', [config.max_position_embeddings, hidden], 0.05);
  add('embeddings.token_type_embeddings.weight', [config.type_vocab_size, hidden], 0.05);
  layerNorm('embeddings.LayerNorm');
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const layer = `encoder.layer.${i}`;
    linear(`${layer}.attention.self.query`, hidden, hidden, 3);
    linear(`${layer}.attention.self.key`, hidden, hidden, 3);
    linear(`${layer}.attention.self.value`, hidden, hidden, 2);
    linear(`${layer}.attention.output.dense`, hidden, hidden, 0.6);
    layerNorm(`${layer}.attention.output.LayerNorm`);
    linear(`${layer}.intermediate.dense`, hidden, inner, 2);
    linear(`${layer}.output.dense`, inner, hidden, 0.6);
    layerNorm(`${layer}.output.LayerNorm`);
  }
  linear('pooler.dense', hidden, hidden, 2);
  return tensors;
}
