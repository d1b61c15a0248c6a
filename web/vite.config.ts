// How the page is built: relative addresses, every asset a file of its own, nothing inlined.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const station = process.env.WATCHLINE_URL ?? 'http://127.0.0.1:8420';

export default defineConfig({
  base: './',
  plugins: [svelte()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // The station's Content-Security-Policy is `default-src 'self'`: no data: addresses.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1600,
    sourcemap: false,
  },
  server: { proxy: { '/api': { target: station, ws: true }, '/tiles': station } },
});
