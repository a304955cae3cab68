import { useSignal, useSignalEffect } from '@preact/signals';
import { Button } from '../../parts/Button.tsx';
import { set } from '../../parts/set.ts';
import { type Finding, findingsOf } from './checks.ts';
import { isLocked, tasks } from './state.ts';
import { lookAt, rows } from './table.ts';

/** Milliseconds from a change to its findings: the table is drawn first, as every text is looked at. */
const rest = 60;

export function Findings() {
  const findings = useSignal<readonly Finding[]>([]);
  useSignalEffect(() => {
    const [learned, all] = [tasks.value, rows.value];
    const timer = setTimeout(() => set(findings, findingsOf(learned, all)), rest);
    return () => clearTimeout(timer);
  });
  if (findings.value.length === 0) return null;
  return (
    <ul class="findings plain" aria-label="Worth knowing">
      {findings.value.map(({ text, ids, isNote }) => (
        <li key={text} class={isNote ? 'note' : undefined}>
          {text}{' '}
          {ids.length > 0 && !isLocked.value && (
            <Button
              label="Show them"
              class="link"
              aria-label={`Show the rows: ${text}`}
              onClick={() => lookAt('to look at', ids)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}
