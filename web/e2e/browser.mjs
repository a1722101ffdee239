import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const flags = [
  '--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
];

/** Opens a page that records what it, and others beside it, should not do: errors in the console, requests to other hosts; and in which codings its tiles come. */
export async function openPage(base, viewport) {
  const browser = await chromium.launch({ executablePath: process.env.BASIN_CHROMIUM ?? '/usr/bin/chromium', args: flags });
  const context = await browser.newContext({ viewport, locale: 'zh-CN' });
  const page = await context.newPage();
  const errors = [];
  const strangers = [];
  context.on('console', (message) => message.type() === 'error' && errors.push(`${message.text()} (${message.location().url})`));
  context.on('weberror', (error) => errors.push(String(error.error())));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.host !== new URL(base).host) strangers.push(request.url());
  });
  const codings = new Set();
  page.on('response', (answer) => answer.status() === 200 && answer.url().endsWith('.mvt') && codings.add(answer.headers()['content-encoding']));
  return { browser, page, errors, strangers, codings };
}

/** Waits until the map has loaded and drawn everything it asked for. */
export async function mapIdle(page, timeout = 30_000) {
  await page.waitForFunction(() => window.basin?.map?.loaded() && window.basin.map.areTilesLoaded(), null, { timeout });
}

/** How many features of a layer the map has drawn. */
export function drawn(page, layer) {
  return page.evaluate((id) => {
    const map = window.basin.map;
    const layers = map.getStyle().layers.map((one) => one.id).filter((one) => one.startsWith(`${id}-`));
    return map.queryRenderedFeatures({ layers }).length;
  }, layer);
}

/** Waits until a check gives something true. */
export async function until(check, timeout, what) {
  const end = Date.now() + timeout;
  for (;;) {
    const result = await check();
    if (result) return result;
    if (Date.now() > end) throw new Error(`${what}: not within ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Refuses what keeps people out: faults that axe finds serious. */
export async function accessible(page, where) {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Evaluated by the debugger rather than added as a script, which the page's policy would refuse.
  await page.evaluate(source);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations
    .filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ')}`));
  if (found.length) throw new Error(`${where}: ${found.join('; ')}`);
}
