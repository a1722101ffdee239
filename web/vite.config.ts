import { svelte } from '@sveltejs/vite-plugin-svelte';
import { loadEnv } from 'vite';
import { defineConfig } from 'vitest/config';

const proxied = ['/twin', '/tiles', '/auth', '/ingest', '/ogc', '/alerts'];

export default defineConfig(({ mode }) => {
  // During development the pages come from Vite and everything else from a running basin.
  const basin = loadEnv(mode, '.', 'BASIN_').BASIN_URL ?? 'http://127.0.0.1:8080';
  return {
    base: './',
    plugins: [svelte()],
    worker: { format: 'es' },
    build: { target: 'es2022', outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 1500 },
    server: { proxy: Object.fromEntries(proxied.map((path) => [path, { target: basin }])) },
    test: { include: ['test/**/*.test.ts'], environment: 'node' },
  };
});
