import { modelName, tunedSteps } from '../model/state.ts';

const snippet = `from sentence_transformers import SentenceTransformer
SentenceTransformer("${modelName.value}").encode(["This is a test sentence."])`;

export function SameAsPython() {
  return (
    <section class="card" aria-labelledby="python-title">
      <h2 id="python-title">Same as Python</h2>
      <p class="muted">
        {tunedSteps.value === 0
          ? 'With the model’s own settings, this gives the same vectors up to float32 rounding.'
          : 'This gives the vectors of the published model. The one in this tab has been fine-tuned since, and gives others.'}
      </p>
      <pre>
        <code>{snippet}</code>
      </pre>
    </section>
  );
}
