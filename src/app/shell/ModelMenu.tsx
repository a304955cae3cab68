import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ModelFiles } from '../../types.ts';
import { counted } from '../format.ts';
import { busyWith } from '../model/busy.ts';
import { bundledModels, hubModel, hubText, type ModelChoice, recent } from '../model/choice.ts';
import { openModel } from '../model/loading.ts';
import { chosen, model, tunedSteps } from '../model/state.ts';
import { Cached } from './Cached.tsx';
import { readFolder, readZip } from './modelFiles.ts';

/** The model's name, and behind it where others come from. */
export function ModelMenu() {
  const panel = useRef<HTMLDivElement>(null);
  const pill = useRef<HTMLButtonElement>(null);
  const wish = useSignal<ModelChoice | undefined>(undefined);
  const parameters = model.value?.parameterCount;
  const close = () => panel.current?.hidePopover();
  const open = (choice: ModelChoice) => {
    // What was learned would be gone: that is asked first.
    if (tunedSteps.value > 0) wish.value = choice;
    else {
      close();
      void openModel(choice);
    }
  };
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
          wish.value = undefined;
          // The button that had the focus may be gone.
          if (event.newState === 'closed' && document.activeElement === document.body) pill.current?.focus();
        }}
      >
        {wish.value ? (
          <Confirm
            choice={wish.value}
            onKeep={() => {
              wish.value = undefined;
              panel.current?.focus();
            }}
            onOpen={() => {
              const choice = wish.value!;
              close();
              void openModel(choice);
            }}
          />
        ) : (
          <Choices onOpen={open} />
        )}
      </div>
    </>
  );
}

interface ChoicesProps {
  onOpen: (choice: ModelChoice) => void;
}

function Choices({ onOpen }: ChoicesProps) {
  return (
    <>
      {busyWith.value && (
        <p role="status">{busyWith.value}. Let it end, or stop it, to open another model.</p>
      )}
      <fieldset class="stack" disabled={busyWith.value !== undefined}>
        <legend class="hidden">Models</legend>
        <h3>With this page</h3>
        <Names choices={bundledModels} onOpen={onOpen} />
        <Hub onOpen={onOpen} />
        <Files onOpen={onOpen} />
      </fieldset>
      <Cached />
    </>
  );
}

function Names({ choices, onOpen }: ChoicesProps & { choices: readonly ModelChoice[] }) {
  return (
    <ul class="actions plain">
      {choices.map((choice) => (
        <li key={hubText(choice)}>
          <button type="button" onClick={() => onOpen(choice)}>
            {hubText(choice)}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Hub({ onOpen }: ChoicesProps) {
  const problem = useSignal('');
  const field = useRef<HTMLInputElement>(null);
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        const choice = hubModel(field.current!.value);
        problem.value = choice ? '' : 'Write owner/name, as the hub does, or owner/name@revision.';
        if (choice) onOpen(choice);
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
      {problem.value && (
        <p role="alert" class="error">
          {problem.value}
        </p>
      )}
      <Names choices={recent.value.flatMap((text) => hubModel(text) ?? [])} onOpen={onOpen} />
    </form>
  );
}

function Files({ onOpen }: ChoicesProps) {
  const problem = useSignal('');
  const take = async (read: () => Promise<{ name: string; files: ModelFiles }>) => {
    problem.value = '';
    try {
      const { name, files } = await read();
      onOpen({ name, origin: 'files', source: files });
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <>
      <h3>From your disk</h3>
      <div class="actions">
        <label class="button">
          Folder…
          <input
            type="file"
            class="hidden"
            // Not in the type yet, though every browser has it.
            {...{ webkitdirectory: true }}
            onChange={({ currentTarget }) => {
              const files = [...(currentTarget.files ?? [])];
              currentTarget.value = '';
              if (files.length > 0) void take(async () => readFolder(files));
            }}
          />
        </label>
        <label class="button">
          Zip…
          <input
            type="file"
            class="hidden"
            accept=".zip"
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              currentTarget.value = '';
              if (file) void take(() => readZip(file));
            }}
          />
        </label>
      </div>
      {problem.value && (
        <p role="alert" class="error">
          {problem.value}
        </p>
      )}
    </>
  );
}

interface ConfirmProps {
  choice: ModelChoice;
  onKeep: () => void;
  onOpen: () => void;
}

function Confirm({ choice, onKeep, onOpen }: ConfirmProps) {
  const keep = useRef<HTMLButtonElement>(null);
  // The button that led here is gone, and the focus with it.
  useLayoutEffect(() => keep.current?.focus(), []);
  return (
    <div role="alert" class="stack">
      <p>
        The model in this tab has learned {counted(tunedSteps.value, 'step')}. Opening {hubText(choice)} lets
        go of it. What you want to keep can be saved under Take away.
      </p>
      <div class="actions">
        <button ref={keep} type="button" onClick={onKeep}>
          Keep it
        </button>
        <button type="button" onClick={onOpen}>
          Open {hubText(choice)} all the same
        </button>
      </div>
    </div>
  );
}
