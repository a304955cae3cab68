import type { ModelCard } from '../types.ts';
import type { HeadConfig } from './savedHeads.ts';

/** What the files themselves say of the model. */
export interface CardFacts {
  dimension: number;
  maxLength: number;
  pooling: string;
  normalize: boolean;
  heads: readonly HeadConfig[];
  /** Of tabgrad. */
  version: string;
}

const MOST_VALUE = 200;
const MOST_LABELS = 50;
const MOST_LABEL = 100;
/** A hub's name for a model: the owner, a slash, the model. */
const hubName = /^[\w.-]+(\/[\w.-]+)?$/;

/**
 * README.md of a saved model, as model hubs read it: facts in YAML in front, then Markdown. Texts of the training are
 * never in it.
 * @see https://huggingface.co/docs/hub/model-cards
 */
export function modelCard(facts: CardFacts, card: ModelCard): string {
  const { dataset, settings = {}, metrics = {}, baseModel, steps } = card;
  const counts = [
    ['Texts', dataset?.texts],
    ['Trained on', dataset?.training],
    ['Held out', dataset?.heldOut],
    ['Updates', steps],
  ].filter(([, value]) => value !== undefined);
  const named = dataset?.name === undefined ? [] : [['Data', dataset.name]];
  const values = Object.entries(settings).flatMap(([name, value]) => {
    const text = holdsTexts(name, value) ? undefined : plain(value);
    return text === undefined ? [] : [[name, text]];
  });
  return [
    frontMatter(baseModel),
    '# A sentence transformer, saved by tabgrad',
    `It maps a text to ${facts.dimension} numbers.${baseModel ? ` It was made from ${code(baseModel)}.` : ''}`,
    '## Use',
    usage,
    ...headList(facts.heads),
    ...section('Training', ['', ''], [...named, ...counts]),
    ...section('Settings', ['Setting', 'Value'], values),
    ...section(
      'Metrics',
      ['Metric', 'Value'],
      Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? String(value) : '–']),
    ),
    ...section(
      'Model',
      ['', ''],
      [
        ['Longest text', `${facts.maxLength} tokens`],
        ['Pooling', facts.pooling],
        ['Normalized', facts.normalize ? 'yes' : 'no'],
        ['tabgrad', facts.version],
      ],
    ),
    '## Licence',
    'No licence is declared here. The licence of the base model holds for these weights too, and the data that it was tuned on may bring terms of its own: check both before you share the model.',
  ]
    .join('\n\n')
    .concat('\n');
}

/** JSON's texts are YAML's, so nothing given can break out of its place. */
function frontMatter(baseModel: string | undefined): string {
  const tags = ['sentence-transformers', 'sentence-similarity', 'feature-extraction', 'tabgrad'];
  return [
    '---',
    'library_name: sentence-transformers',
    'pipeline_tag: sentence-similarity',
    ...(baseModel !== undefined && hubName.test(baseModel)
      ? [`base_model: ${JSON.stringify(baseModel)}`]
      : []),
    'tags:',
    ...tags.map((tag) => `- ${tag}`),
    '---',
  ].join('\n');
}

const usage = `\`\`\`python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("path/to/this/folder")
vectors = model.encode(["A text", "Another one"])
\`\`\``;

function headList(heads: readonly HeadConfig[]): string[] {
  if (heads.length === 0) return [];
  return [
    'Class probabilities, by `python predict.py "A text" "Another one"`, of these heads:',
    heads.map(({ name, labels, pooling }) => `- ${code(name)} (${pooling}): ${labelList(labels)}`).join('\n'),
  ];
}

/** Of many or long ones their number: texts of examples can be taken for labels. */
function labelList(labels: readonly string[]): string {
  if (labels.length > MOST_LABELS || labels.some((label) => label.length > MOST_LABEL)) {
    return `${labels.length} labels, which are in its config.json`;
  }
  return labels.map(code).join(', ');
}

function section(title: string, head: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly unknown[]) =>
    `| ${cells.map((cell) => markdown(String(cell))).join(' | ')} |`;
  return [`## ${title}`, [line(head), '| --- | --- |', ...rows.map(line)].join('\n')];
}

/** Whether a setting is a list of examples: what people write is theirs. */
function holdsTexts(name: string, value: unknown): boolean {
  return Array.isArray(value) && /example|text|evaluation/i.test(name);
}

/** A setting as it is told; undefined for what holds texts of examples, is no data or too long for a table. */
function plain(value: unknown): string | undefined {
  try {
    const text = typeof value === 'string' ? value : JSON.stringify(shown(value), (_, inner) => shown(inner));
    if (text === undefined || text.length > MOST_VALUE || text.includes('"text":')) return undefined;
    return typeof shown(value) === 'string' ? String(value) : text;
  } catch {
    // A circle.
    return undefined;
  }
}

/** What JSON has no form for, as text. */
function shown(value: unknown): unknown {
  return value instanceof RegExp || typeof value === 'bigint' ? String(value) : value;
}

/** Whatever is given, as text in a table's cell. */
function markdown(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_[\]<>|]/g, (character) => `\\${character}`);
}

/** As code in a line of text. */
function code(text: string): string {
  return `\`${text.replace(/[`\r\n]+/g, ' ')}\``;
}
