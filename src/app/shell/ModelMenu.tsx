import { effect, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { keepCachedModels } from '../../worker/client.ts';
import { addressOf } from '../address.ts';
import { isFinished, stored } from '../checkpoints/state.ts';
import { counted } from '../format.ts';
import { busyNote } from '../model/busy.ts';
import { bundledModels, hubModel, hubText, type ModelChoice, recent } from '../model/choice.ts';
import { chosen, model, tunedSteps } from '../model/state.ts';
import { Button } from '../parts/Button.tsx';
import { Problem } from '../parts/Problem.tsx';
import { set } from '../parts/set.ts';
import { isMenuOpen, openAnyway, openOrAsk, wish } from './asking.ts';
import { Cached } from './Cached.tsx';
import { FromDisk } from './FromDisk.tsx';

/** A button with the model's name, and the menu that it opens: where other models come from. */
export function ModelMenu() {
  const panel = useRef<HTMLDivElement>(null);
  const pill = useRef<HTMLButtonElement>(null);
  const parameters = model.value?.parameterCount;
  // An effect runs at once, not with the next frame: the question in the menu takes the focus, so the menu has to be
  // shown by then.
  useEffect(() => effect(() => void panel.current?.togglePopover(isMenuOpen.value)), []);
  return (
    <>
      <button
        ref={pill}
        type="button"
        class="pill menu"
        popovertarget="models"
        aria-label={`Model: ${chosen.value.name}. Open another`}
        title={parameters ? `${parameters} parameters` : undefined}
      >
        <strong class="clipped">{chosen.value.name}</strong>
        {parameters && ` · ${(parameters / 1e6).toFixed(1)} M`} ▾
      </button>
      <div
        id="models"
        ref={panel}
        popover="auto"
        class="card models"
        role="dialog"
        aria-label="Open a model"
        tabIndex={-1}
        onToggle={(event) => {
          isMenuOpen.value = event.newState === 'open';
          if (isMenuOpen.value) return;
          wish.value = undefined;
          // The focus is lost where the button that had it is gone.
          if (document.activeElement === document.body) pill.current?.focus();
        }}
      >
        {wish.value ? (
          <Confirm
            choice={wish.value}
            onKeep={() => {
              wish.value = undefined;
              panel.current?.focus();
            }}
          />
        ) : (
          <Choices />
        )}
      </div>
    </>
  );
}

function Choices() {
  return (
    <>
      {busyNote.value && <p role="status">{busyNote.value}</p>}
      <fieldset class="stack" disabled={busyNote.value !== undefined}>
        <legend class="hidden">Models</legend>
        <h3>With this page</h3>
        <Names choices={bundledModels} />
        <Hub />
        <FromDisk />
      </fieldset>
      <Cached />
      <FineTuned />
    </>
  );
}

/** Leads the reader who trained yesterday, and looks for the result among the models, to Take away. */
function FineTuned() {
  if (!stored.value?.some(isFinished)) return null;
  return (
    <p>
      The model that you fine-tuned last is kept too.{' '}
      <a href={addressOf('take-away')} onClick={() => set(isMenuOpen, false)}>
        Bring it back
      </a>{' '}
      under Take away.
    </p>
  );
}

/**
 * Opens a model that was chosen in the menu. For one of the hub the browser may ask the reader whether the page may
 * keep it: here the reader understands that question.
 */
function openChosen(choice: ModelChoice): void {
  if (choice.origin === 'hub') void keepCachedModels();
  openOrAsk(choice);
}

function Names({ choices }: { choices: readonly ModelChoice[] }) {
  return (
    <ul class="actions plain">
      {choices.map((choice) => (
        <li key={hubText(choice)}>
          <Button label={hubText(choice)} onClick={() => openChosen(choice)} />
        </li>
      ))}
    </ul>
  );
}

function Hub() {
  const problem = useSignal('');
  const field = useRef<HTMLInputElement>(null);
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        const choice = hubModel(field.current!.value);
        problem.value = choice ? '' : 'Write owner/name, as the hub does, or owner/name@revision.';
        if (choice) openChosen(choice);
      }}
    >
      <h3>
        <label for="hub-id">From the Hugging Face hub</label>
      </h3>
      <div class="actions">
        <input
          id="hub-id"
          ref={field}
          class="grow"
          placeholder="sentence-transformers/all-MiniLM-L12-v2"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="hub-note"
        />
        <button type="submit">Open</button>
      </div>
      <p id="hub-note" class="muted">
        BERT-type sentence-transformers models with safetensors. Only the model is fetched; your texts stay
        here.
      </p>
      <Problem text={problem.value} />
      <Names choices={recent.value.flatMap((text) => hubModel(text) ?? [])} />
    </form>
  );
}

function Confirm({ choice, onKeep }: { choice: ModelChoice; onKeep: () => void }) {
  const keep = useRef<HTMLButtonElement>(null);
  // The button that was pressed is gone, and the focus with it.
  useLayoutEffect(() => keep.current?.focus(), []);
  return (
    <div role="alert" class="stack">
      <p>
        The model in this tab has learned {counted(tunedSteps.value, 'step')}. Opening {hubText(choice)} lets
        go of it. What you want to keep can be saved under Take away.
      </p>
      <div class="actions">
        <Button label="Keep it" ref={keep} onClick={onKeep} />
        <Button label={`Open ${hubText(choice)} all the same`} onClick={() => openAnyway(choice)} />
      </div>
    </div>
  );
}
