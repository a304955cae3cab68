import type { ModelCard } from '../types.ts';
import type { Repository } from './repository.ts';
import type { HeadConfig } from './savedHeads.ts';

/** The facts of a model that its files hold. */
export interface CardFacts extends Pick<Repository, 'dimension' | 'maxLength' | 'pooling' | 'normalize'> {
  heads: readonly HeadConfig[];
  /** Version of tabgrad. */
  version: string;
}

const MOST_VALUE = 200;
const MOST_LABELS = 50;
const MOST_LABEL = 100;
/** A hub's name for a model: the owner, a slash, the model. */
const hubName = /^[\w.-]+(\/[\w.-]+)?$/;

/**
 * Writes a saved model's README.md as hubs read it: facts in YAML, then Markdown. It quotes no text of the training.
 * @see https://huggingface.co/docs/hub/model-cards
 */
export function modelCard(facts: CardFacts, card: ModelCard): string {
  const { dataset, settings = {}, metrics = {}, baseModel, steps } = card;
  const training = [
    ['Data', dataset?.name],
    ['Texts', dataset?.texts],
    ['Trained on', dataset?.training],
    ['Held out', dataset?.heldOut],
    ['Updates', steps],
  ].filter(([, value]) => value !== undefined);
  const values = Object.entries(settings).flatMap(([name, value]) => {
    const text = holdsTexts(name, value) ? undefined : plain(value);
    return text === undefined ? [] : [[name, text]];
  });
  const measured = Object.entries(metrics).map(([name, value]) => [
    name,
    Number.isFinite(value) ? String(value) : '–',
  ]);
  const model = [
    ['Longest text', `${facts.maxLength} tokens`],
    ['Pooling', facts.pooling],
    ['Normalized', facts.normalize ? 'yes' : 'no'],
    ['tabgrad', facts.version],
  ];
  const parts = [
    frontMatter(baseModel),
    '# A sentence transformer, saved by tabgrad',
    `It maps a text to ${facts.dimension} numbers.${baseModel ? ` It was made from ${code(baseModel)}.` : ''}`,
    '## Use',
    usage,
    ...headList(facts.heads),
    ...section('Training', ['', ''], training),
    ...section('Settings', ['Setting', 'Value'], values),
    ...section('Metrics', ['Metric', 'Value'], measured),
    ...section('Model', ['', ''], model),
    '## Licence',
    'No licence is declared here. The licence of the base model holds for these weights too, and the data that it was tuned on may bring terms of its own: check both before you share the model.',
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The facts in YAML. A text of JSON is one of YAML too, so the base model's name cannot break out of its place. */
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

/** Lists labels, or counts them where they are many or long: those may be texts of examples. */
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

/** Whether a setting is a list of examples, which are private. */
function holdsTexts(name: string, value: unknown): boolean {
  return Array.isArray(value) && /example|text|evaluation/i.test(name);
}

/** A setting as text; undefined where it holds texts of examples, is no data, or is too long for a table. */
function plain(value: unknown): string | undefined {
  try {
    const text = typeof value === 'string' ? value : JSON.stringify(shown(value), (_, inner) => shown(inner));
    if (text === undefined || text.length > MOST_VALUE || text.includes('"text":')) return undefined;
    return typeof shown(value) === 'string' ? String(value) : text;
  } catch {
    // It holds itself.
    return undefined;
  }
}

/** Turns values that JSON cannot hold into text. */
function shown(value: unknown): unknown {
  return value instanceof RegExp || typeof value === 'bigint' ? String(value) : value;
}

/** Escapes text for a cell of a table. */
function markdown(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_[\]<>|]/g, (character) => `\\${character}`);
}

/** Marks text as code in a line. */
function code(text: string): string {
  return `\`${text.replace(/[`\r\n]+/g, ' ')}\``;
}
