import { megabytes } from './format.ts';
import { load, model, modelName, usage } from './state.ts';
import { theme, toggleTheme } from './theme.ts';

export function Header() {
  const parameters = model.value && `${(model.value.parameterCount / 1e6).toFixed(1)} M`;
  return (
    <header>
      <h1 class="brand">
        tab<span>grad</span>
      </h1>
      <ul class="pills" aria-label="Model and GPU">
        {load.value.kind !== 'unavailable' && (
          <li class="pill" title={model.value && `${model.value.parameterCount} parameters`}>
            <strong>{modelName}</strong>
            {parameters && ` · ${parameters}`}
          </li>
        )}
        <Adapter />
        {usage.value && (
          <li class="pill" title={`${usage.value.bytes} bytes in ${usage.value.liveBuffers} buffers in use`}>
            GPU <strong>{megabytes(usage.value.bytes)}</strong>
          </li>
        )}
      </ul>
      <button
        type="button"
        class="round"
        aria-label={`Switch to the ${theme.value === 'dark' ? 'light' : 'dark'} theme`}
        onClick={toggleTheme}
      >
        ◐
      </button>
    </header>
  );
}

function Adapter() {
  if (!model.value) return null;
  const { description, vendor, architecture, isSoftware } = model.value.adapter;
  // Some browsers tell no more than the vendor.
  const name = description === vendor ? `${vendor} ${architecture}`.trim() : description;
  return (
    <li class="pill" title={[description, vendor, architecture].filter(Boolean).join(' · ')}>
      <span class="clipped">{name}</span>
      {isSoftware && (
        <span class="badge" title="No GPU: a program on the processor stands in for it, and is much slower.">
          software
        </span>
      )}
    </li>
  );
}
