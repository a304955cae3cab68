import { signal } from '@preact/signals';

/** Whether a newer version waits or another tab has gone over to it. Only the reader reloads: a run may be on. */
export const hasNewVersion = signal(false);

let registration: ServiceWorkerRegistration | undefined;

/** Keeps the page for visits without a network. Where there are no service workers, it does nothing. */
export function startOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // The page comes first: the worker fetches all files of later visits.
  addEventListener('load', register, { once: true });
}

export function takeNewVersion(): void {
  const waiting = registration?.waiting;
  if (!waiting) location.reload();
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  waiting?.postMessage({ type: 'SKIP_WAITING' });
}

async function register(): Promise<void> {
  try {
    const { serviceWorker } = navigator;
    // On the first visit the worker that takes control is not a newer one.
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
    // The browser may have found a newer worker by itself already.
    watch();
    if (isFirst) return;
    serviceWorker.addEventListener('controllerchange', () => {
      hasNewVersion.value = true;
    });
  } catch {
    // Storage is blocked, or the file did not come: the page is not kept, but works.
  }
}
