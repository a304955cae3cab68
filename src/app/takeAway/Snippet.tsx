import { useSignal } from '@preact/signals';
import { Button } from '../parts/Button.tsx';
import { copy } from '../save.ts';

export function Snippet({ title, what, code }: Record<'title' | 'what' | 'code', string>) {
  const said = useSignal('');
  const id = `snippet-${title.toLowerCase().replace(/\W+/g, '-')}`;
  return (
    <section class="card" aria-labelledby={id}>
      <div class="actions between">
        <h2 id={id}>{title}</h2>
        <Button
          label="Copy"
          aria-label={`Copy: ${title}`}
          onClick={async () => {
            said.value = (await copy([code])) ? 'Copied.' : 'The browser did not let the page copy.';
          }}
        />
      </div>
      <p class="muted">{what}</p>
      {/* Long lines wrap: nothing in it scrolls. */}
      <pre>{code}</pre>
      <span role="status" class="hidden">
        {said.value}
      </span>
    </section>
  );
}
