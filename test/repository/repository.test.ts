import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ModelFormatError } from '../../src/errors.ts';
import { readModules } from '../../src/repository/modules.ts';
import { readRepository } from '../../src/repository/repository.ts';

const folder = 'public/weights/all-MiniLM-L6-v2';
const readJson = (path: string) => JSON.parse(readFileSync(`${folder}/${path}`, 'utf8'));
const files = {
  config: readJson('config.json'),
  modules: readJson('modules.json'),
  pooling: readJson('1_Pooling/config.json'),
  sentenceBert: readJson('sentence_bert_config.json'),
  tokenizerConfig: readJson('tokenizer_config.json'),
};
const modulesOf = (...types: string[]) =>
  types.map((type, i) => ({ type, path: i === 0 ? '' : `${i}_Some` }));
const old = 'sentence_transformers.models.';

function expectRefused(run: () => unknown, file: string, message: RegExp): void {
  expect(run).toThrow(ModelFormatError);
  expect(run).toThrow(message);
  expect(run).toThrow(expect.objectContaining({ file }));
}

describe('readRepository', () => {
  it('reads the real MiniLM', () => {
    expect(readRepository(files)).toEqual({
      encoder: expect.objectContaining({
        hiddenSize: 384,
        headSize: 32,
        layers: 6,
        vocabularySize: 30522,
        maxPositions: 512,
      }),
      pooling: 'mean',
      includePrompt: true,
      dense: [],
      dimension: 384,
      normalize: true,
      maxLength: 256,
      lowerCase: false,
      prompts: {
        byName: new Map([
          ['query', ''],
          ['document', ''],
        ]),
        defaultName: undefined,
      },
    });
  });

  it('takes the mean, not normalized, where there is no modules.json', () => {
    expect(readRepository({ config: files.config })).toMatchObject({
      pooling: 'mean',
      dense: [],
      dimension: 384,
      normalize: false,
      maxLength: 512,
    });
  });

  it('knows when texts are to be lower-cased', () => {
    expect(readRepository({ ...files, sentenceBert: { do_lower_case: true } }).lowerCase).toBe(true);
  });
});

describe('config_sentence_transformers.json', () => {
  const read = (sentenceTransformers: unknown) => readRepository({ ...files, sentenceTransformers }).prompts;
  const file = 'config_sentence_transformers.json';

  it('names the prompts, and the default one', () => {
    const prompts = { query: 'query: ', title: null, __proto__x: 'p' };
    const { byName, defaultName } = read({ prompts, default_prompt_name: 'query' });
    expect([...byName]).toEqual([
      ['query', 'query: '],
      ['document', ''],
      ['title', ''],
      ['__proto__x', 'p'],
    ]);
    expect(defaultName).toBe('query');
  });

  it.each([{}, { prompts: null, default_prompt_name: null }, { prompts: {} }])(
    'may say nothing: %j',
    (value) => {
      expect([...read(value).byName.values()]).toEqual(['', '']);
      expect(read(value).defaultName).toBeUndefined();
    },
  );

  it('may name a default that is empty in every model', () => {
    expect(read({ default_prompt_name: 'document' }).defaultName).toBe('document');
  });

  it.each<[unknown, RegExp]>([
    [[], /holds \[\], not an object/],
    [{ prompts: ['a'] }, /prompts is \["a"\], not an object/],
    [{ prompts: 'query: ' }, /prompts is "query: "/],
    [{ prompts: { query: 3 } }, /the prompt "query" is 3, not a text/],
    [{ default_prompt_name: 'passage' }, /is "passage"\. The prompts are "query", "document"/],
    [{ prompts: { a: '' }, default_prompt_name: 'constructor' }, /is "constructor"\. The prompts are .*"a"/],
    [{ default_prompt_name: 0 }, /default_prompt_name is 0/],
  ])('is refused as %j', (value, message) => {
    expectRefused(() => read(value), file, message);
  });
});

describe('config.json', () => {
  it.each([
    'roberta',
    'mpnet',
    'xlm-roberta',
    'distilbert',
    'modernbert',
    't5',
    'albert',
    'electra',
    'nomic_bert',
    'deberta-v2',
    'camembert',
    'qwen3',
    undefined,
  ])('is refused with model_type %s', (type) => {
    const config = { ...files.config, model_type: type };
    expectRefused(
      () => readRepository({ config }),
      'config.json',
      /config.json: model_type is .+\. Only "bert" works, as in sentence-transformers\/all-MiniLM-L6-v2/,
    );
    expectRefused(
      () => readRepository({ config }),
      'config.json',
      new RegExp(type ? `"${type}"` : 'undefined'),
    );
  });

  const refused: [string, unknown, RegExp][] = [
    ['position_embedding_type', 'relative_key_query', /position_embedding_type is "relative_key_query"/],
    ['position_embedding_type', 'relative_key', /"relative_key"\. Only "absolute" works/],
    ['position_embedding_type', 'alibi', /position_embedding_type is "alibi"/],
    ['add_cross_attention', true, /add_cross_attention is true\. Only false works/],
    ['hidden_act', 'gelu_new', /hidden_act is "gelu_new". Only "gelu" works/],
    ['hidden_act', 'relu', /hidden_act is "relu"/],
    ['is_decoder', true, /is_decoder is true/],
    ['hidden_size', 380, /hidden_size 380 is not a multiple of num_attention_heads 12/],
    ['hidden_size', undefined, /hidden_size is missing/],
    ['num_attention_heads', 0, /num_attention_heads is 0/],
    ['num_hidden_layers', 6.5, /num_hidden_layers is 6.5/],
    ['intermediate_size', '1536', /intermediate_size is "1536"/],
    ['vocab_size', -1, /vocab_size is -1/],
    ['vocab_size', 1e300, /vocab_size is 1e\+300/],
    ['max_position_embeddings', null, /max_position_embeddings is null/],
    ['type_vocab_size', [2], /type_vocab_size is \[2\]/],
    ['layer_norm_eps', 0, /layer_norm_eps is 0/],
    ['layer_norm_eps', 'small', /layer_norm_eps is "small"/],
  ];
  it.each(refused)('is refused with %s %s', (key, value, message) => {
    expectRefused(
      () => readRepository({ config: { ...files.config, [key]: value } }),
      'config.json',
      message,
    );
  });

  it.each([undefined, null, [], 'text', 3])('is refused as %j', (config) => {
    expectRefused(() => readRepository({ config }), 'config.json', /config.json (is missing|holds)/);
  });
});

describe('modules.json', () => {
  const newer = 'sentence_transformers.sentence_transformer.modules.';
  it.each([
    ['old paths', modulesOf(`${old}Transformer`, `${old}Pooling`, `${old}Normalize`), true],
    ['no Normalize', modulesOf(`${old}Transformer`, `${old}Pooling`), false],
    [
      'newer paths',
      modulesOf(
        'sentence_transformers.base.modules.transformer.Transformer',
        `${newer}pooling.Pooling`,
        'sentence_transformers.base.modules.normalize.Normalize',
      ),
      true,
    ],
  ])('is read: %s', (_, modules, normalize) => {
    expect(readRepository({ ...files, modules })).toMatchObject({ pooling: 'mean', normalize });
    expect(readModules(modules)).toEqual({ transformer: '', pooling: '1_Some/', dense: [], normalize });
  });

  it('says where the encoder lies', () => {
    const modules = [
      { type: `${old}Transformer`, path: '0_Transformer' },
      { type: `${old}Pooling`, path: '1_Pooling/' },
    ];
    expect(readModules(modules)).toEqual({
      transformer: '0_Transformer/',
      pooling: '1_Pooling/',
      dense: [],
      normalize: false,
    });
  });

  it('may have Dense modules between Pooling and Normalize', () => {
    const dense = (type: string, path: string) => ({ type, path });
    const [transformer, pooling, normalize] = modulesOf(
      `${old}Transformer`,
      `${old}Pooling`,
      `${old}Normalize`,
    );
    const modules = [
      transformer,
      pooling,
      dense(`${old}Dense`, '2_Dense'),
      dense('sentence_transformers.base.modules.dense.Dense', '3_Dense/'),
    ];
    expect(readModules(modules)).toMatchObject({ dense: ['2_Dense/', '3_Dense/'], normalize: false });
    expect(readModules([...modules, normalize])).toMatchObject({
      dense: ['2_Dense/', '3_Dense/'],
      normalize: true,
    });
    const configs = [
      {
        in_features: 384,
        out_features: 128,
        bias: false,
        activation_function: 'torch.nn.modules.linear.Identity',
      },
      {
        in_features: 128,
        out_features: 256,
        bias: true,
        activation_function: 'torch.nn.modules.activation.Tanh',
      },
    ];
    expect(readRepository({ ...files, modules, dense: configs })).toMatchObject({
      dimension: 256,
      dense: [
        { inFeatures: 384, outFeatures: 128, bias: false, activation: 'identity' },
        { inFeatures: 128, outFeatures: 256, bias: true, activation: 'tanh' },
      ],
    });
  });

  it.each([
    [
      'Dense behind Normalize',
      modulesOf(`${old}Transformer`, `${old}Pooling`, `${old}Normalize`, `${old}Dense`),
      /Pooling → Normalize → Dense\. Transformer → Pooling → Normalize works, with Dense modules before Normalize/,
    ],
    ['CLIP', modulesOf(`${old}CLIPModel`), /models.CLIPModel" is a CLIPModel, which does not run here/],
    [
      'CNN',
      modulesOf(`${old}Transformer`, `${old}CNN`, `${old}Pooling`),
      /is a CNN, .+Transformer → Pooling/,
    ],
    ['LSTM', modulesOf(`${old}WordEmbeddings`, `${old}LSTM`), /is a WordEmbeddings, which/],
    ['Router', modulesOf('sentence_transformers.base.modules.router.Router'), /is a Router, which/],
    [
      'a thousand',
      modulesOf(`${old}Transformer`, `${old}Pooling`, ...Array(998).fill(`${old}Dense`)),
      /Dense → De.*… ?\./,
    ],
    ["somebody's own", modulesOf('custom.Transformer', `${old}Pooling`), /"custom.Transformer" is not known/],
    ['no Pooling', modulesOf(`${old}Transformer`), /the modules are Transformer\. Transformer → Pooling/],
    ['two Poolings', modulesOf(`${old}Transformer`, `${old}Pooling`, `${old}Pooling`), /Pooling → Pooling/],
    [
      'another order',
      modulesOf(`${old}Transformer`, `${old}Normalize`, `${old}Pooling`),
      /Normalize → Pooling\./,
    ],
    ['nothing', [], /the modules are none/],
    ['an object', {}, /not a list/],
    ['a null', [null], /modules.json holds null/],
    ['a way out', [{ type: `${old}Transformer`, path: '../other' }], /"..\/other" is not a folder inside/],
    ['an absolute path', [{ type: `${old}Transformer`, path: '/etc' }], /"\/etc" is not a folder inside/],
    ['no path', [{ type: `${old}Transformer` }], /the path undefined/],
  ])('is refused: %s', (_, modules, message) => {
    expectRefused(() => readRepository({ ...files, modules }), 'modules.json', message);
  });
});

describe("the pooling's config.json", () => {
  const read = (pooling: unknown) => readRepository({ ...files, pooling });

  it.each([
    [{ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }, 'cls'],
    [{ pooling_mode_max_tokens: true }, 'max'],
    [{ word_embedding_dimension: 384, pooling_mode_mean_tokens: true, include_prompt: true }, 'mean'],
    [{ embedding_dimension: 384, pooling_mode: 'cls', include_prompt: true }, 'cls'],
    [{ pooling_mode: 'mean', pooling_mode_cls_token: true }, 'mean'],
    [{ pooling_mode: ['max'] }, 'max'],
    [{ pooling_mode_mean_tokens: false }, 'mean'],
    [{}, 'mean'],
  ])('%j is %s', (config, pooling) => {
    expect(read(config).pooling).toBe(pooling);
  });

  it.each([
    [{ pooling_mode_mean_tokens: true, pooling_mode_cls_token: true }, /pooling mode is "cls" and "mean"/],
    [{ pooling_mode_mean_sqrt_len_tokens: true }, /"mean_sqrt_len_tokens"\. One of/],
    [{ pooling_mode_weightedmean_tokens: true }, /"weightedmean"/],
    [{ pooling_mode_lasttoken: true }, /"lasttoken"/],
    [{ pooling_mode: 'lasttoken' }, /"lasttoken"/],
    [{ pooling_mode: ['mean', 'max'] }, /"mean" and "max"/],
    [{ pooling_mode: 'toString' }, /"toString"/],
    [{ include_prompt: 'no' }, /include_prompt is "no"\. true and false work/],
    [{ word_embedding_dimension: 768 }, /the dimension is 768, and config.json's hidden_size is 384/],
    [undefined, /1_Pooling\/config.json is missing \(modules.json asks for it\)/],
    [[], /holds \[\], not an object/],
  ])('%j is refused', (config, message) => {
    expectRefused(() => read(config), '1_Pooling/config.json', message);
  });
});

describe("a Dense module's config.json", () => {
  const modules = modulesOf(`${old}Transformer`, `${old}Pooling`, `${old}Dense`);
  const read = (dense: unknown) => readRepository({ ...files, modules, dense: [dense] }).dense[0];
  const config = { in_features: 384, out_features: 64 };

  it.each([
    [{}, { bias: true, activation: 'tanh' }],
    [
      { bias: false, activation_function: 'torch.nn.Identity' },
      { bias: false, activation: 'identity' },
    ],
    [{ module_input_name: 'sentence_embedding', use_residual: false }, { activation: 'tanh' }],
  ])('may say %j', (more, expected) => {
    expect(read({ ...config, ...more })).toMatchObject({ inFeatures: 384, outFeatures: 64, ...expected });
  });

  it.each([
    [{ in_features: 768 }, /in_features is 768, and the module before it gives 384 numbers/],
    [{ out_features: 62 }, /out_features is 62\. Multiples of 4 work/],
    [{ out_features: 0 }, /out_features is 0/],
    [{ out_features: '64' }, /out_features is "64"/],
    [{ bias: 1 }, /bias is 1/],
    [
      { activation_function: 'torch.nn.modules.activation.ReLU' },
      /ReLU"\. "torch.nn.modules.activation.Tanh" and/,
    ],
    [{ activation_function: 'toString' }, /"toString"/],
    [{ activation_function: null }, /activation_function is null/],
    [{ module_input_name: 'token_embeddings' }, /reads "token_embeddings" and writes "token_embeddings"/],
    [{ module_output_name: 'other' }, /writes "other"\. Only "sentence_embedding"/],
    [{ use_residual: true }, /use_residual is true\. Only false works/],
  ])('is refused with %j', (more, message) => {
    expectRefused(() => read({ ...config, ...more }), '2_Some/config.json', message);
  });

  it('is refused where it is missing', () => {
    expectRefused(() => read(undefined), '2_Some/config.json', /is missing \(modules.json asks for it\)/);
  });
});

describe('maxLength', () => {
  it.each([
    ["sentence_bert_config.json's", { max_seq_length: 128 }, { model_max_length: 512 }, 128],
    ['the positions, if there are fewer', { max_seq_length: 1024 }, undefined, 512],
    ["tokenizer_config.json's", { max_seq_length: null }, { model_max_length: 300 }, 300],
    ["tokenizer_config.json's, without the other file", undefined, { model_max_length: 300 }, 300],
    ['the positions, if that is 10³⁰', undefined, { model_max_length: 1e30 }, 512],
    ['the positions, if nobody says anything', {}, {}, 512],
  ])('is %s', (_, sentenceBert, tokenizerConfig, expected) => {
    expect(readRepository({ ...files, sentenceBert, tokenizerConfig }).maxLength).toBe(expected);
  });

  it.each([
    [{ max_seq_length: '256' }, {}, 'sentence_bert_config.json'],
    [{ max_seq_length: 1 }, {}, 'sentence_bert_config.json'],
    [{ max_seq_length: 2.5 }, {}, 'sentence_bert_config.json'],
    [{}, { model_max_length: -1 }, 'tokenizer_config.json'],
    [[], {}, 'sentence_bert_config.json'],
  ])('is refused: %j, %j', (sentenceBert, tokenizerConfig, file) => {
    expectRefused(() => readRepository({ ...files, sentenceBert, tokenizerConfig }), file, new RegExp(file));
  });
});
