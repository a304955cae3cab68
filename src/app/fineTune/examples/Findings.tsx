import { useEffect } from 'preact/hooks';
import { Button } from '../../parts/Button.tsx';
import { isLocked } from './state.ts';
import { findings, followFindings, lookAt } from './table.ts';

export function Findings() {
  useEffect(followFindings, []);
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
