// Drives the page in a browser against a running basin.
//   BASIN_URL    its address            BASIN_TOKEN  a token that may post readings
//   BASIN_LOAD   a command that loads files into its database, as basin load does
//   BASIN_SHOT   where to write a screenshot (optional)
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { alerts } from './alerts.mjs';
import { accessible, drawn, mapIdle, openPage, until } from './browser.mjs';
import { cells, cellsOff } from './cells.mjs';
import { draw, drawnWrong } from './draw.mjs';
import { expected, field, pending } from './field.mjs';
import { layers, refused } from './layers.mjs';
import { forecast, marks, rain } from './series.mjs';

const base = process.env.BASIN_URL?.replace(/\/$/, '');
const token = process.env.BASIN_TOKEN;
if (!base || !token || !process.env.BASIN_LOAD) {
  console.error('BASIN_URL, BASIN_TOKEN and BASIN_LOAD are needed');
  process.exit(2);
}

const LAYERS = ['area', 'cityobject', 'building', 'segment', 'road', 'bridge', 'river', 'reach', 'section', 'dike', 'node', 'work', 'station'];
const SEVERE = ['warning', 'guaranteed', 'record'];
let failures = 0;

/** One line per check. */
async function check(what, run) {
  try {
    const note = await run();
    console.log(`ok - ${what}${note ? ` (${note})` : ''}`);
  } catch (error) {
    failures++;
    console.log(`not ok - ${what}: ${error instanceof Error ? error.message : error}`);
  }
}

function assert(condition, message) {
  if (!condition) throw new Error(message);
}

async function ask(path, init = {}) {
  const answer = await fetch(base + path, {
    ...init,
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/json', 'Content-Type': 'application/json', ...init.headers },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 300)}`);
  return text ? JSON.parse(text) : null;
}

const levelInList = (page, thing) =>
  page.evaluate((id) => document.querySelector(`[data-thing="${CSS.escape(id)}"][data-level]`)?.getAttribute('data-level')
    ?? window.basin.store.states.get(id)?.properties.status.level, thing);

/** A fresh station with a warning threshold in the datum of its own level, not yet in warning, on a river. */
async function candidate(page) {
  const { things } = await ask('/twin/things?kind=station&limit=1000');
  const today = new Date();
  const day = (today.getMonth() + 1) * 100 + today.getDate();
  const seasonal = (one) => !one.season_from || (one.season_from <= one.season_to
    ? day >= one.season_from && day <= one.season_to : day >= one.season_from || day <= one.season_to);
  const found = [];
  for (const thing of things) {
    for (const threshold of thing.thresholds ?? []) {
      const datastream = thing.datastreams?.find((one) => one.id === threshold.datastream);
      if (threshold.type !== 'warning' || datastream?.property !== 'level' || threshold.datum !== datastream.datum || threshold.valid_to || !seasonal(threshold)) continue;
      const river = thing.relations?.find((one) => one.type === 'on' && one.kind === 'river' && !one.inverse)?.target;
      const before = await levelInList(page, thing.id);
      const riverBefore = river && await levelInList(page, river);
      if (river && before && riverBefore) found.push({ thing, threshold, datastream, river, before, riverBefore });
    }
  }
  const calm = found.find((one) => !SEVERE.includes(one.before) && !SEVERE.includes(one.riverBefore))
    ?? found.find((one) => !SEVERE.includes(one.before));
  assert(calm, `no station with a warning threshold that is not in warning already (${found.length} with thresholds)`);
  return calm;
}

/** Post readings, all of which must be taken. */
async function post(readings) {
  const result = await ask('/ingest/readings', { method: 'POST', body: JSON.stringify({ readings }) });
  assert(!result.rejected?.length, `readings were rejected: ${JSON.stringify(result.rejected)}`);
}

/** A region fresh from its package has no readings: some below the warning level are put in, an hour and more ago. */
async function someReadings(page) {
  const has = () => page.evaluate(() => [...window.basin.store.states.values()].some(({ properties }) => properties.kind === 'station'
    && properties.values?.some((value) => value.property === 'level' && value.value !== null)));
  if (await has()) return 'there were some';
  const { thing, threshold, datastream } = await candidate(page);
  const now = Date.now();
  const minutes = [180, 170, 160, 90, 80, 70];
  await post(minutes.map((ago, at) => ({
    datastream: datastream.id, time: new Date(now - ago * 60_000).toISOString(), value: Number((threshold.value - 0.4 + at * 0.01).toFixed(3)),
  })));
  await until(has, 5000, 'a reading on the page');
  return `put in for ${thing.id}`;
}

async function liveWarning(page) {
  const { thing, threshold, datastream, river, before, riverBefore } = await candidate(page);
  const value = Number((threshold.value + 0.05).toFixed(3));
  const sent = Date.now();
  await post([{ datastream: datastream.id, time: new Date(sent).toISOString(), value }]);
  const answered = Date.now() - sent;
  for (const id of [thing.id, river]) {
    await until(async () => SEVERE.includes(await levelInList(page, id)), 5000 - (Date.now() - sent), `${id} in warning on the page`);
  }
  const shown = Date.now() - sent;
  await until(() => page.evaluate((id) => {
    const { gid } = window.basin.store.states.get(id).properties;
    const state = window.basin.map.getFeatureState({ source: 'river', sourceLayer: 'river', id: gid });
    return ['warning', 'guaranteed', 'record'].includes(state.level);
  }, river), 1000, `${river} coloured on the map`);
  return `${thing.id} ${before}→warning, ${river} from ${riverBefore}; answered after ${answered} ms, both shown after ${shown} ms`;
}

/** Opens a thing as an address would. */
async function open(page, id) {
  await page.evaluate((one) => window.basin.store.open(one), id);
  await page.waitForSelector(`.thing[data-thing="${id}"]`, { timeout: 5000 });
}

const { browser, page, errors, strangers, codings } = await openPage(base, { width: 1280, height: 800 });
try {
  await check('the page opens and the map comes to rest', async () => {
    const start = Date.now();
    await page.goto(`${base}/`, { waitUntil: 'load' });
    await mapIdle(page);
    return `${Date.now() - start} ms`;
  });
  await check('the style for others follows the specification', async () => {
    const faults = validateStyleMin(await ask('/styles/basin.json'));
    assert(faults.length === 0, faults.map((one) => one.message).join('; '));
  });
  await check('events are connected', async () => {
    await page.waitForSelector('[data-connection="live"]', { timeout: 10_000 });
  });
  await check('signing in with a token', async () => {
    await page.click('.session button');
    await page.fill('dialog input[name="token"]', token);
    await page.click('dialog button[type="submit"]');
    await page.waitForFunction(() => document.querySelector('.role')?.dataset.role !== 'anonymous', null, { timeout: 5000 });
    await page.waitForSelector('[data-connection="live"]', { timeout: 10_000 });
    await mapIdle(page);
    return page.locator('.role').innerText();
  });
  await check('the region says whether it holds synthetic data', async () => {
    const region = await ask('/twin/region');
    const badges = await page.locator('.badge').count();
    assert((badges === 1) === region.synthetic, `synthetic is ${region.synthetic}, badges: ${badges}`);
  });
  await check('every layer has a switch', async () => {
    for (const id of LAYERS) assert(await page.locator(`input[data-layer="${id}"]`).count() === 1, `no switch for ${id}`);
  });
  for (const id of ['area', 'river', 'reach', 'station', 'work']) {
    await check(`${id} is drawn`, async () => `${await until(() => drawn(page, id), 10_000, `features of ${id}`)} features`);
  }
  await check('tiles come in zstd', async () => assert([...codings].join() === 'zstd', [...codings].join()));
  await check('a switch hides and shows its layer', async () => {
    await page.uncheck('input[data-layer="reach"]');
    await until(async () => (await drawn(page, 'reach')) === 0, 5000, 'reaches hidden');
    await page.check('input[data-layer="reach"]');
    await until(() => drawn(page, 'reach'), 5000, 'reaches shown');
  });
  await check('a station has readings', () => someReadings(page));
  await check('a station opens from the status list, with its hydrograph', async () => {
    const { things } = await ask('/twin/things?kind=station&limit=1000');
    const levelled = things.filter((one) => one.datastreams?.some((stream) => stream.property === 'level'));
    for (const { id } of levelled) {
      const button = page.locator(`.list button[data-thing="${id}"]`);
      const lastReading = await page.evaluate((one) => window.basin.store.states.get(one)?.properties.values?.some((value) => value.value !== null), id);
      if (!lastReading || !(await button.count())) continue;
      await button.focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector(`.thing[data-thing="${id}"]`, { timeout: 5000 });
      await page.waitForSelector('.thing .hydrograph canvas', { timeout: 10_000 });
      assert((await page.evaluate(() => location.hash)).includes(`thing=${id}`), 'the address does not name it');
      return id;
    }
    throw new Error('no station with a level reading is listed');
  });
  await check('flags and corrections on the hydrograph', () => marks(page, { post, history: (thing, datastream) => ask(`/twin/things/${encodeURIComponent(thing)}/history?${new URLSearchParams({ datastream })}`) }));
  await check('rain in bars', async () => rain(page, { open: (id) => open(page, id), things: (await ask('/twin/things?kind=station&limit=1000')).things,
    rainOf: (id) => ask(`/twin/things/${encodeURIComponent(id)}/rain?every=PT1H`).catch(() => undefined) }));
  await forecast(page, { check, ask, open: (id) => open(page, id), accessible });
  await check('field stations', () => field(page, { open: (id) => open(page, id), ask }));
  await check('what waits to be registered', () => pending(page, { ask }));
  await check('cells', () => cells(page, (property, from) => ask(`/cells/${property}?res=7&from=${from}`)));
  await check('accessible with cells', () => accessible(page, 'cells'));
  await check('cells off again', () => cellsOff(page));
  await check('a reading above the warning level shows at once', () => liveWarning(page));
  await alerts(page, { base, check, ask, post, accessible, candidate: () => candidate(page) });
  await check('related things open, and back returns', async () => {
    const before = await page.locator('.thing').getAttribute('data-thing', { timeout: 2000 });
    const related = page.locator('.thing [data-related]').first();
    const target = await related.getAttribute('data-related');
    await related.click();
    await page.waitForSelector(`.thing[data-thing="${target}"]`, { timeout: 5000 });
    await page.goBack();
    await page.waitForSelector(`.thing[data-thing="${before}"]`, { timeout: 5000 });
    return `${before} → ${target} → ${before}`;
  });
  if (process.env.BASIN_SHOT) {
    await check('a screenshot', async () => {
      await mapIdle(page);
      await page.screenshot({ path: process.env.BASIN_SHOT });
      return process.env.BASIN_SHOT;
    });
  }
  await draw(page, { base, check, ask, accessible });
  await check('accessible in Chinese', () => accessible(page, 'zh'));
  await check('the language switches to English', async () => {
    await page.click('.language button[lang="en"]');
    await page.waitForFunction(() => document.documentElement.lang === 'en');
    const words = await page.locator('#legend-title').innerText();
    assert(words === 'Layers', `the legend is titled ${words}`);
    assert((await page.evaluate(() => location.hash)).includes('lang=en'), 'the address does not say so');
  });
  await check('accessible in English', () => accessible(page, 'en'));
  await check('usable on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.click('.thing .close', { timeout: 2000 });
    await page.click('.tabs button >> nth=1');
    await page.waitForSelector('#legend-title', { state: 'visible' });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(wide <= 390, `the page is ${wide} pixels wide`);
    await accessible(page, 'phone');
    if (process.env.BASIN_SHOT) await page.screenshot({ path: process.env.BASIN_SHOT.replace(/(\.\w+)?$/, '-phone$1') });
  });
  await layers(page, { base, check, ask, accessible });
  await check('no errors in the console', async () => {
    const real = errors.filter((error) => !expected(error) && !refused(error) && !drawnWrong(error));
    assert(!real.length, real.slice(0, 5).join(' | '));
  });
  await check('no request to another host', async () => assert(!strangers.length, strangers.slice(0, 5).join(' | ')));
} finally {
  await browser.close();
}
if (failures) console.error(`${failures} checks failed`);
process.exit(failures ? 1 : 0);
