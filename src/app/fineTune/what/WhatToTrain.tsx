import type { ScenarioName } from '../../../worker/client.ts';
import { counted, millions, scientific } from '../../format.ts';
import { model } from '../../model/state.ts';
import { tasks } from '../examples/state.ts';
import { run } from '../run/state.ts';
import type { Group } from './groups.ts';
import { layers, onlyHead, plan, scenarioName, topLayers } from './state.ts';

const scenarios: Record<ScenarioName, [title: string, what: string]> = {
  'layer-wise': ['Layer-wise', 'the deeper, the slower'],
  'heads-only': ['Heads only', 'the backbone stays'],
  'one-head': ['One head', 'all else stays'],
  'top-layers': ['Top layers', 'and the heads'],
  full: ['Everything', 'at one rate'],
  frozen: ['Nothing', 'all is frozen'],
};

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
                onChange={() => {
                  scenarioName.value = name as ScenarioName;
                }}
              />
              <strong>{title}</strong>
              <span class="muted">{what}</span>
            </label>
          ))}
        </div>
        <Detail />
      </fieldset>
      <Rates />
    </section>
  );
}

/** What a scenario asks besides. */
function Detail() {
  if (scenarioName.value === 'one-head') {
    const names = tasks.value.map(({ name }) => name);
    const chosen = onlyHead.value;
    return (
      <label class="chip inline">
        head
        <select
          value={chosen !== undefined && names.includes(chosen) ? chosen : names[0]}
          onChange={({ currentTarget }) => {
            onlyHead.value = currentTarget.value;
          }}
        >
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    );
  }
  if (scenarioName.value === 'top-layers' && layers.value > 0) {
    return (
      <label class="chip inline">
        layers from the top
        <select
          value={topLayers.value}
          onChange={({ currentTarget }) => {
            topLayers.value = Number(currentTarget.value);
          }}
        >
          {Array.from({ length: layers.value }, (_, i) => (
            <option key={i} value={i + 1}>
              {i + 1}
            </option>
          ))}
        </select>
      </label>
    );
  }
  return null;
}

function Rates() {
  const now = plan.value;
  if (now === undefined) {
    return (
      <p class="muted">
        {model.value
          ? 'The rates are shown once there are examples.'
          : 'The rates are shown once the model is there.'}
      </p>
    );
  }
  if (typeof now === 'string') return <p class="status error">{now}</p>;
  const { groups } = now;
  const all = model.value!.parameterCount + sum(groups.filter(({ name }) => name.startsWith('head ')));
  const moving = groups.filter(({ rate }) => rate !== null);
  return (
    <>
      <table class="rates" aria-label="Learning rate of each group of parameters">
        <tbody>
          {groups.map((group) => (
            <tr key={group.name}>
              <th scope="row">{group.name}</th>
              <td>
                <Rate group={group} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class={moving.length === 0 ? 'status error' : 'muted'}>
        {moving.length === 0
          ? 'This trains nothing: every parameter is frozen, and Start will say so.'
          : `${millions(sum(moving))} of ${millions(all)} parameters train, in ${counted(moving.length, 'group')}. The pooler is not used.`}
      </p>
    </>
  );
}

/** Rates are drawn on a logarithmic scale between these. */
const [lowest, highest] = [1e-6, 1e-3];

function Rate({ group: { rate } }: { group: Group }) {
  if (rate === null) return <span class="muted">frozen</span>;
  const share = Math.log(Math.max(rate, lowest) / lowest) / Math.log(highest / lowest);
  return (
    <span class="rate">
      <span class="bar">
        <span style={{ width: `${100 * Math.min(1, Math.max(0.02, share))}%` }} />
      </span>
      {scientific(rate)}
    </span>
  );
}

function sum(groups: readonly Group[]): number {
  return groups.reduce((total, { size }) => total + size, 0);
}
