import { useSignal } from '@preact/signals';
import { Button } from '../parts/Button.tsx';
import { set } from '../parts/set.ts';
import { copy } from '../save.ts';
import { coloured } from './shown.ts';

/** Coloured code. Its lines never change. Where one wraps it goes on further to the right than it began. */
export function Code({ code }: { code: string }) {
  return (
    <pre class="code">
      <code>
        {code.split(/(?<=\n)/).map((line, i) => {
          const indent = line.search(/\S|$/) + 4;
          return (
            <span
              key={i}
              class="code-line"
              style={{ paddingLeft: `${indent}ch`, textIndent: `-${indent}ch` }}
            >
              {coloured(line).map(({ kind, text }, j) => (
                <span key={j} class={`code-${kind}`}>
                  {text}
                </span>
              ))}
            </span>
          );
        })}
      </code>
    </pre>
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
          said.value = (await copy([text])) ? 'Copied' : 'Not allowed';
          setTimeout(() => set(said, ''), 2000);
        }}
      />
      <span role="status" class="hidden">
        {said.value}
      </span>
    </>
  );
}
