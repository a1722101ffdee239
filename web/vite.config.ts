import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** During development the pages come from Vite and everything else from a running basin. */
const basin = process.env.BASIN_URL ?? 'http://127.0.0.1:8080';
const proxied = ['/twin', '/tiles', '/auth', '/ingest', '/ogc'];

export default defineConfig({
  base: './',
  plugins: [svelte()],
  worker: { format: 'es' },
  build: { target: 'es2022', outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 1500 },
  server: { proxy: Object.fromEntries(proxied.map((path) => [path, { target: basin, changeOrigin: false }])) },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
} as Parameters<typeof defineConfig>[0]);
