import type { ScenarioName } from '../../../worker/client.ts';
import { counted, megabytes, millions, timeSpan } from '../../format.ts';
import { model } from '../../model/state.ts';
import { Button } from '../../parts/Button.tsx';
import { Select } from '../../parts/Select.tsx';
import { set } from '../../parts/set.ts';
import { tasks } from '../examples/state.ts';
import { run } from '../run/state.ts';
import { estimate, measure } from './estimate.ts';
import type { Group } from './groups.ts';
import { LayerStack } from './LayerStack.tsx';
import {
  adjustments,
  layers,
  onlyHead,
  plan,
  scenarioName,
  scenarios,
  topLayers,
  topOfModel,
} from './state.ts';

export function WhatToTrain() {
  return (
    <section class="card" aria-labelledby="what-title">
      <h2 id="what-title">
        <span class="number">2</span> What to train
      </h2>
      <fieldset class="stack" disabled={run.value !== undefined}>
        <legend class="hidden">Scenario</legend>
        <div class="scenarios">
          {Object.entries(scenarios).map(([name, [title, what]]) => (
            <label key={name} class="scenario">
              <input
                type="radio"
                name="scenario"
                class="hidden"
                checked={scenarioName.value === name}
                onChange={() => choose(name as ScenarioName)}
              />
              <strong>{title}</strong>
              <span class="muted">{what}</span>
            </label>
          ))}
        </div>
        <Detail />
        <Rates />
      </fieldset>
      <Needs />
    </section>
  );
}

function Detail() {
  if (scenarioName.value === 'one-head') {
    const names = tasks.value.map(({ name }) => name);
    return (
      <Select
        class="chip inline"
        label="head"
        value={names.find((name) => name === onlyHead.value) ?? names[0]}
        options={names}
        onChoose={(name) => set(onlyHead, name)}
      />
    );
  }
  if (scenarioName.value === 'top-layers' && layers.value > 0) {
    return (
      <Select
        class="chip inline"
        label="layers from the top"
        value={topOfModel.value}
        options={Array.from({ length: layers.value }, (_, i) => i + 1)}
        onChoose={(count) => set(topLayers, Number(count))}
      />
    );
  }
  return null;
}

function Rates() {
  const now = plan.value;
  if (now === undefined) {
    return (
      <p class="muted">
        The rates are shown once {model.value ? 'there are examples' : 'the model is there'}.
      </p>
    );
  }
  if (typeof now === 'string') return <p class="status error">{now}</p>;
  return (
    <>
      <LayerStack groups={now.groups} />
      {now.adjustments.size > 0 && (
        <div class="actions">
          <span class="muted">Your own rates, on top of {scenarios[scenarioName.value][0]}.</span>
          <Button label="Back to the scenario’s" onClick={() => choose(scenarioName.value)} />
        </div>
      )}
    </>
  );
}

function Needs() {
  const now = plan.value;
  if (now === undefined || typeof now === 'string') return null;
  const { groups } = now;
  const all = model.value!.parameterCount + sum(groups.filter(({ kind }) => kind === 'head'));
  const moving = groups.filter(({ rate }) => rate !== null);
  if (moving.length === 0) {
    return <p class="status error">This trains nothing: every parameter is frozen, and Start will say so.</p>;
  }
  return (
    <p class="muted" aria-live="polite">
      <strong>{millions(sum(moving))}</strong> of {millions(all)} parameters train
      <Estimate />
    </p>
  );
}

function Estimate() {
  const now = estimate.value;
  if (run.value) return null;
  if (now.kind === 'failed') return <span class="error"> · {now.message}</span>;
  if (now.kind === 'planning') return <> · counting …</>;
  return (
    <>
      {' '}
      · needs <strong>{megabytes(now.bytes)}</strong> of GPU memory · {counted(now.steps, 'step')}
      {now.seconds !== undefined && (
        <>
          , about <strong>{timeSpan(now.seconds)}</strong>
        </>
      )}
      {now.isMeasuring && ', timing a step …'}
      {now.seconds === undefined && !now.isMeasuring && (
        <>
          {' '}
          <Button label="How long?" onClick={() => void measure()} />
        </>
      )}
    </>
  );
}

function choose(name: ScenarioName): void {
  scenarioName.value = name;
  adjustments.value = new Map();
}

function sum(groups: readonly Group[]): number {
  return groups.reduce((total, { size }) => total + size, 0);
}
