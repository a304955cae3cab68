import type { Given } from '../given.ts';

export default async function encode({ model, print, signal }: Given) {
  const sentences = [
    'This is a test sentence.',
    'Sentence transformers are great!',
    'This task is interesting.',
  ];
  const { data, shape } = await model.encode(sentences, {
    pooling: 'mean-with-padding',
    normalize: false,
    signal,
  });

  const [count, size] = shape;
  print(`shape ${count} × ${size}`);
  for (let i = 0; i < count; i++) {
    const vector = data.subarray(i * size, (i + 1) * size);
    const mean = vector.reduce((sum, value) => sum + value, 0) / size;
    const squares = vector.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    print(`mean ${mean.toFixed(6)}, std ${Math.sqrt(squares / (size - 1)).toFixed(6)}`);
  }
}
