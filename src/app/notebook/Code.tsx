import { useSignal } from '@preact/signals';
import { Button } from '../parts/Button.tsx';
import { set } from '../parts/set.ts';
import { coloured } from './shown.ts';

/** Coloured code. Its lines never change. */
export function Code({ code }: { code: string }) {
  const lines = code.split('\n');
  return (
    <pre class="code">
      <code>
        {lines.map((line, i) => (
          <Line key={i} line={i < lines.length - 1 ? `${line}\n` : line} />
        ))}
      </code>
    </pre>
  );
}

/** A line of code. Where it wraps it goes on further to the right than it began. */
function Line({ line }: { line: string }) {
  const indent = line.search(/\S|$/) + 4;
  return (
    <span class="code-line" style={{ paddingLeft: `${indent}ch`, textIndent: `-${indent}ch` }}>
      {coloured(line).map(({ kind, text }, i) =>
        kind === 'plain' ? (
          text
        ) : (
          <span key={i} class={`code-${kind}`}>
            {text}
          </span>
        ),
      )}
    </span>
  );
}

/** A button that copies a text and says so for two seconds. */
export function Copy({ text, label }: { text: string; label: string }) {
  const said = useSignal('');
  return (
    <>
      <Button
        label={said.value || 'Copy'}
        aria-label={label}
        onClick={async () => {
          try {
            await navigator.clipboard.writeText(text);
            said.value = 'Copied';
          } catch {
            said.value = 'Not allowed';
          }
          setTimeout(() => set(said, ''), 2000);
        }}
      />
      <span role="status" class="hidden">
        {said.value}
      </span>
    </>
  );
}
