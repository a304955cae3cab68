/** This is no sentence of the examples, which are the reader's own. */
const sentence = 'They sent the wrong colour.';

export function pythonSnippet(folder: string): string {
  return [
    'from sentence_transformers import SentenceTransformer',
    `model = SentenceTransformer("./${folder}")`,
    `model.encode(["${sentence}"])`,
  ].join('\n');
}

export function predictSnippet(folder: string): string {
  return ['pip install sentence-transformers', `cd ${folder}`, `python predict.py "${sentence}"`].join('\n');
}

/** @see https://huggingface.co/docs/accelerate */
export function serverSnippet(folder: string): string {
  return [
    'pip install torch sentence-transformers accelerate',
    `cd ${folder}`,
    'accelerate launch train.py --data data.csv   # same heads, rates, freezing, seed',
  ].join('\n');
}

export function pageSnippet(folder: string, heads: readonly string[]): string {
  const names = heads.filter((head) => /^[A-Za-z_$][\w$]*$/.test(head));
  return [
    "import { SentenceTransformer } from 'tabgrad/worker'",
    `const model = await SentenceTransformer.fromPretrained('/models/${folder}')`,
    heads.length === 0
      ? `const embeddings = await model.encode(['${sentence}'])`
      : `const { ${names.length > 0 ? names.join(', ') : '...heads'} } = await model.predict(['${sentence}'])`,
  ].join('\n');
}
