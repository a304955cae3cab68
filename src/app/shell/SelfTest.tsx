import { difference } from '../format.ts';
import { checks, largestDifference, reports, wrongKernels } from '../model/selfTest.ts';
import { Problem } from '../parts/Problem.tsx';

export function SelfTestMark() {
  const { embed, train } = checks;
  if (wrongKernels.value.length > 0 || [embed, train].some(({ value }) => value.kind === 'failed')) {
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
  const failed = [checks.embed.value, checks.train.value].find((check) => check.kind === 'failed');
  const wrong = wrongKernels.value;
  const kernels = reports.value.flatMap((report) => report.kernels);
  return (
    <>
      <p class="muted" aria-live="polite">
        {largestDifference.value === undefined
          ? 'Every kernel is checked on this adapter against stored PyTorch results when the model loads.'
          : `${describe()} ${difference(largestDifference.value)} of a result’s largest number.`}
      </p>
      {wrong.length > 0 && (
        <Problem
          text={`Wrong on this adapter: ${wrong.map(({ name }) => name).join(', ')}. Training is off until you insist; embeddings may be wrong, too. A newer browser or graphics driver may help.`}
        />
      )}
      {failed && <Problem text={`The self-test did not run: ${failed.message}`} />}
      {kernels.length > 0 && (
        <details>
          <summary>{kernels.length} kernels, one by one</summary>
          <table class="kernels">
            <thead>
              <tr>
                {['kernel', 'difference', 'allowed'].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
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
