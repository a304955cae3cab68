import { chosen, tunedSteps } from '../model/state.ts';
import { SelfTestReport } from '../shell/SelfTest.tsx';

export function SameAsPython() {
  return (
    <section class="card" aria-labelledby="python-title">
      <h2 id="python-title">Same as Python</h2>
      <SelfTestReport />
      <p class="muted">
        {tunedSteps.value === 0
          ? 'With the model’s own settings, this gives the same vectors up to float32 rounding.'
          : 'This gives the vectors of the published model. The one in this tab has been fine-tuned since, and gives others.'}
      </p>
      <pre>
        <code>
          {`from sentence_transformers import SentenceTransformer
SentenceTransformer(${JSON.stringify(chosen.value.name)}).encode(["This is a test sentence."])`}
        </code>
      </pre>
    </section>
  );
}
