import { difference } from '../format.ts';
import { checks, largestDifference, reports, wrongKernels } from '../model/selfTest.ts';

/** The self-test's result in the header. */
export function SelfTestMark() {
  const { embed, train } = checks;
  const parts = [embed.value, train.value];
  if (wrongKernels.value.length > 0 || parts.some(({ kind }) => kind === 'failed')) {
    return (
      <span class="error" title="See Same as Python, in the Embed view.">
        self-test ✗
      </span>
    );
  }
  if (largestDifference.value !== undefined) {
    return (
      <span class="good" title={describe()}>
        self-test ✓ {difference(largestDifference.value)}
      </span>
    );
  }
  return embed.value.kind === 'running' ? <span class="muted">self-test …</span> : null;
}

function describe(): string {
  const isWhole = checks.train.value.kind === 'done';
  return `${isWhole ? 'Every kernel' : 'Every kernel that embedding needs'} was checked here against PyTorch: this is the largest difference.`;
}

/** The self-test's result in words, and as a table of the kernels. */
export function SelfTestReport() {
  const states = [checks.embed.value, checks.train.value];
  const wrong = wrongKernels.value;
  const kernels = reports.value.flatMap((report) => report.kernels);
  const failed = states.find((state) => state.kind === 'failed');
  return (
    <>
      <p class="muted" aria-live="polite">
        {largestDifference.value === undefined
          ? 'Every kernel is checked on this adapter against stored PyTorch results when the model loads.'
          : `${describe()} ${difference(largestDifference.value)} of a result’s largest number.`}
      </p>
      {wrong.length > 0 && (
        <p class="error" role="alert">
          Wrong on this adapter: {wrong.map(({ name }) => name).join(', ')}. Training is off until you insist;
          embeddings may be wrong, too. A newer browser or graphics driver may help.
        </p>
      )}
      {failed?.kind === 'failed' && (
        <p class="error" role="alert">
          The self-test did not run: {failed.message}
        </p>
      )}
      {kernels.length > 0 && (
        <details>
          <summary>{kernels.length} kernels, one by one</summary>
          <table class="kernels">
            <thead>
              <tr>
                <th scope="col">kernel</th>
                <th scope="col">difference</th>
                <th scope="col">allowed</th>
              </tr>
            </thead>
            <tbody>
              {kernels.map(({ name, difference: found, tolerance, passed, error }) => (
                <tr key={name} class={passed ? undefined : 'error'}>
                  <th scope="row">
                    {name}
                    {!passed && ` ✗ ${error ?? ''}`}
                  </th>
                  <td>{difference(found)}</td>
                  <td>{difference(tolerance)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </>
  );
}
