import { type Embeddings, similarity } from 'tabgrad';
import { SentenceTransformer } from 'tabgrad/worker';

declare global {
  interface Window {
    embed: (text: string) => Promise<{ vector: number[]; self: number; dimension: number }>;
  }
}

window.embed = async (text) => {
  const model = await SentenceTransformer.fromPretrained('/weights/all-MiniLM-L6-v2');
  const embeddings: Embeddings = await model.encode([text]);
  const { dimension } = model;
  await model.dispose();
  return { vector: [...embeddings.data], self: similarity(embeddings, embeddings).data[0]!, dimension };
};
