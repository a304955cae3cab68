import { addressOf } from '../address.ts';
import { count, counted, megabytes } from '../format.ts';
import { load, model, tunedSteps, usage } from '../model/state.ts';
import { requests } from '../model/watching.ts';
import { Button } from '../parts/Button.tsx';
import { theme, toggleTheme } from '../theme.ts';
import { view, views } from '../view.ts';
import { ModelMenu } from './ModelMenu.tsx';
import { SelfTestMark } from './SelfTest.tsx';

export function Header() {
  return (
    <header>
      <h1 class="brand">
        tab<span>grad</span>
      </h1>
      {load.value.kind !== 'unavailable' && (
        <>
          <nav class="views" aria-label="Views">
            {Object.entries(views).map(([name, title]) => (
              <a key={name} href={addressOf(name)} aria-current={view.value === name ? 'page' : undefined}>
                {title}
              </a>
            ))}
          </nav>
          <Pills />
        </>
      )}
      <Button
        label="◐"
        class="round"
        aria-label={`Switch to the ${theme.value === 'dark' ? 'light' : 'dark'} theme`}
        onClick={toggleTheme}
      />
    </header>
  );
}

function Pills() {
  return (
    <ul class="pills plain" aria-label="Model and GPU">
      <li>
        <ModelMenu />
      </li>
      {tunedSteps.value > 0 && (
        <li class="pill tuned" title="The weights in this tab are no longer the published ones.">
          fine-tuned, {counted(tunedSteps.value, 'step')}
        </li>
      )}
      <Adapter />
      {usage.value && (
        <li class="pill" title={`${usage.value.bytes} bytes, ${usage.value.liveBuffers} buffers in use`}>
          GPU <strong>{megabytes(usage.value.bytes)}</strong>
        </li>
      )}
      {model.value && (
        <li
          class="pill"
          title="Requests to a server, of the page and its worker, since the model was loaded and checked."
        >
          <strong>{count(requests.value)}</strong> {requests.value === 1 ? 'request' : 'requests'} since load
        </li>
      )}
    </ul>
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
      <SelfTestMark />
    </li>
  );
}
