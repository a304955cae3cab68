import { useRef } from 'preact/hooks';
import type { Pooling } from '../../types.ts';
import { count } from '../format.ts';
import { load, model } from '../model/state.ts';
import { embed, stopEmbedding } from './actions.ts';
import {
  chosenMaxLength,
  chosenNormalize,
  chosenPooling,
  encoding,
  examples,
  notice,
  settings,
} from './state.ts';

/** The text is read when it is embedded, not while it is typed: it may be long. */
export function Sentences() {
  const box = useRef<HTMLTextAreaElement>(null);
  const submit = () => void embed(box.current!.value);
  return (
    <section class="card" aria-labelledby="sentences-title">
      <h2 id="sentences-title">
        <label for="sentences">Sentences</label>
      </h2>
      <p class="muted" id="sentences-hint">
        One a line. Nothing leaves this tab.
      </p>
      <textarea
        id="sentences"
        ref={box}
        rows={11}
        spellcheck={false}
        aria-describedby="sentences-hint"
        defaultValue={examples.join('\n')}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          submit();
        }}
      />
      <div class="actions">
        {encoding.value ? (
          <button type="button" class="primary" onClick={stopEmbedding}>
            Stop
          </button>
        ) : (
          <button type="button" class="primary" disabled={isOut()} onClick={submit}>
            Embed
          </button>
        )}
        <span class="muted keys">Ctrl ↵</span>
        <Settings />
      </div>
      <Status />
    </section>
  );
}

/** There is no model, and none on its way. */
function isOut(): boolean {
  return load.value.kind === 'stopped' || load.value.kind === 'failed';
}

const poolings: Record<Pooling, string> = {
  mean: 'mean',
  cls: 'CLS',
  max: 'max',
  'mean-with-padding': 'mean with padding',
};

function Settings() {
  const { pooling, normalize, maxLength } = settings.value;
  const longest = model.value?.maxLength ?? 256;
  const lengths = [16, 32, 64, 128, 256].filter((length) => length < longest);
  return (
    <>
      <label class="chip">
        pooling
        <select
          value={pooling}
          onChange={(event) => {
            chosenPooling.value = event.currentTarget.value as Pooling;
          }}
        >
          {Object.entries(poolings).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="chip">
        normalize
        <input
          type="checkbox"
          checked={normalize}
          onChange={(event) => {
            chosenNormalize.value = event.currentTarget.checked;
          }}
        />
      </label>
      <label class="chip" title="Tokens a sentence may have before it is cut">
        max length
        <select
          value={maxLength}
          onChange={(event) => {
            chosenMaxLength.value = Number(event.currentTarget.value);
          }}
        >
          {[...lengths, longest].map((length) => (
            <option key={length} value={length}>
              {length}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

function Status() {
  const progress = encoding.value;
  return (
    <>
      {progress && (
        <div class="encoding">
          <progress aria-label="Embedding" max={progress.total} value={progress.done} />
          <span class="muted">
            {count(progress.done)} of {count(progress.total)}
          </span>
        </div>
      )}
      <p role="status" class={notice.value?.isError ? 'status error' : 'status'}>
        {isOut() ? 'Embedding needs the model: press Retry above.' : notice.value?.text}
      </p>
    </>
  );
}
