import { signal } from '@preact/signals';

/**
 * Whether a newer version of the page is here: it waits, or another tab went over to it. It comes with the next visit, or when
 * the reader reloads; never by itself, as a run may be on.
 */
export const hasNewVersion = signal(false);

let registration: ServiceWorkerRegistration | undefined;

/** Keeps the page for visits without a network. Where there are no service workers the page works without. */
export function startOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // First what the reader sees, then what is for later.
  if (document.readyState === 'complete') void register();
  else addEventListener('load', register, { once: true });
}

/** Goes over to the new version: the page is loaded anew. */
export function takeNewVersion(): void {
  const reload = () => location.reload();
  const waiting = registration?.waiting;
  if (waiting) {
    navigator.serviceWorker.addEventListener('controllerchange', reload, { once: true });
    waiting.postMessage({ type: 'SKIP_WAITING' });
  } else {
    reload();
  }
}

async function register(): Promise<void> {
  try {
    const { serviceWorker } = navigator;
    // On the first visit the one that takes over is no newer one.
    const isFirst = serviceWorker.controller === null;
    registration = await serviceWorker.register('sw.js');
    const look = () => {
      if (registration?.waiting && registration.active) hasNewVersion.value = true;
    };
    const watch = () => {
      look();
      registration?.installing?.addEventListener('statechange', look);
    };
    registration.addEventListener('updatefound', watch);
    // The browser looks for a newer one on its own, too: it may be here, or on its way.
    watch();
    if (isFirst) return;
    serviceWorker.addEventListener('controllerchange', () => {
      hasNewVersion.value = true;
    });
  } catch {
    // Storage is blocked, or the file did not come: nothing is kept, and nothing else is amiss.
  }
}
