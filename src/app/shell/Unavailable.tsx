import { advise, browsers, type UnavailableReason } from '../model/advice.ts';
import { Steps } from './Steps.tsx';

export function Unavailable({ reason }: { reason: UnavailableReason }) {
  const { problem, steps } = advise(reason, navigator.userAgent);
  return (
    <section class="card unavailable" aria-labelledby="unavailable-title">
      <h2 id="unavailable-title">WebGPU is not available</h2>
      <p>{problem} All of tabgrad runs on the GPU, in this tab, so it cannot start.</p>
      <h3>What to do here</h3>
      <Steps steps={steps} />
      <h3>Where it works</h3>
      <Steps steps={browsers} />
      <p class="muted">The page has to come over https, or from localhost.</p>
    </section>
  );
}
