import { modelName } from './state.ts';

const snippet = `from sentence_transformers import SentenceTransformer
SentenceTransformer("${modelName}").encode(["This is a test sentence."])`;

export function SameAsPython() {
  return (
    <section class="card" aria-labelledby="python-title">
      <h2 id="python-title">Same as Python</h2>
      <p class="muted">With the model’s own settings, this gives the same vectors up to float32 rounding.</p>
      <pre>
        <code>{snippet}</code>
      </pre>
    </section>
  );
}
