import type { Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

/**
 * The manifest, and a service worker that keeps the page itself: a second visit needs no network. The model is not
 * its business: whoever loads it keeps it, and requests for it pass by untouched. `src/app/offline.ts` registers it.
 */
export function serviceWorker(): Plugin[] {
  return VitePWA({
    filename: 'sw.js',
    injectRegister: false,
    // They are among the files below.
    includeManifestIcons: false,
    manifest: {
      name: 'tabgrad',
      short_name: 'tabgrad',
      description: 'Sentence embeddings and fine-tuning, computed on your GPU in this tab.',
      start_url: './',
      scope: './',
      display: 'standalone',
      background_color: '#fafaf7',
      theme_color: '#fafaf7',
      icons: [
        { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
        { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
        { src: 'icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
      ],
    },
    workbox: {
      globPatterns: ['**/*.{js,css,html,csv,svg,png}'],
      globIgnores: ['weights/**'],
      // From the first visit on, what is fetched later (charts, workers) comes from what was kept.
      clientsClaim: true,
      // A new version waits: a run may be on.
      skipWaiting: false,
      cleanupOutdatedCaches: true,
      inlineWorkboxRuntime: true,
      // One page, which its own address finds.
      navigateFallback: null,
    },
  });
}
