import { useEffect, useRef } from 'preact/hooks';
import { count } from '../../format.ts';
import { load } from '../../model/state.ts';
import { Button } from '../../parts/Button.tsx';
import { embed, stopEmbedding } from '../actions.ts';
import { Options } from '../Options.tsx';
import { encoding, examples, notice } from '../state.ts';
import { followLines, inView, setText } from './counting.ts';
import { Numbers, Tokens } from './Gutters.tsx';
import { TooLong } from './TooLong.tsx';

/** Milliseconds without a key before the lines are counted; more for a long text. */
const rest = (letters: number) => (letters > 1e6 ? 500 : 40);

/** Pixels of a line, as in `editor.css`. */
const lineHeight = 22;
/** Lines that are drawn below those in view, because the box may be pulled larger. */
const spare = 30;

/** The box of sentences. It holds the text itself, which may be long; the numbers around it follow. */
export function Sentences() {
  const box = useRef<HTMLTextAreaElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => followLines(), []);
  const submit = () => void embed(box.current!.value);
  const changed = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setText(box.current!.value), rest(box.current!.textLength));
  };
  return (
    <section class="card" aria-labelledby="sentences-title">
      <h2 id="sentences-title">
        <label for="sentences">Sentences</label>
      </h2>
      <p class="muted" id="sentences-hint">
        One a line. Nothing leaves this tab.
      </p>
      <div class="editor">
        <Numbers />
        <textarea
          id="sentences"
          ref={box}
          rows={12}
          wrap="off"
          spellcheck={false}
          aria-describedby="sentences-hint sentences-total"
          defaultValue={examples.join('\n')}
          onInput={changed}
          onScroll={({ currentTarget }) => look(currentTarget)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            submit();
          }}
        />
        <Tokens />
      </div>
      <TooLong box={box} />
      <div class="actions">
        <Button
          label={encoding.value ? 'Stop' : 'Embed'}
          class="primary"
          disabled={!encoding.value && isOut()}
          onClick={encoding.value ? stopEmbedding : submit}
        />
        <span class="muted keys">Ctrl ↵</span>
        <Options />
      </div>
      <Status />
    </section>
  );
}

function look({ scrollTop, clientHeight }: HTMLTextAreaElement): void {
  inView.value = {
    from: Math.floor(scrollTop / lineHeight),
    to: Math.ceil((scrollTop + clientHeight) / lineHeight) + spare,
    top: scrollTop,
  };
}

/** Whether there is no model, and none on its way. */
function isOut(): boolean {
  return load.value.kind === 'stopped' || load.value.kind === 'failed';
}

function Status() {
  const { done = 0, sentences } = encoding.value ?? {};
  return (
    <>
      {sentences && (
        <div class="encoding">
          <progress aria-label="Embedding" max={sentences.length} value={done} />
          <span class="muted">
            {count(done)} of {count(sentences.length)}
          </span>
        </div>
      )}
      <p role="status" class={notice.value?.isError ? 'status error' : 'status'}>
        {isOut() ? 'Embedding needs the model: press Retry above.' : notice.value?.text}
      </p>
    </>
  );
}
