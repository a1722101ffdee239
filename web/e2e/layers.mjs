// The tree of layers, their filters, tables and exports, on a page of their own beside the first.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawn, mapIdle, until } from './browser.mjs';
import { exports, phone, table } from './table.mjs';
import { assert, details, gidsServed, hash, OWN, row, type } from './tree.mjs';


/** Filters that are wrong on purpose, and a layer that was deleted, which the browser reports. */
export function refused(error) {
  return (error.includes('400') && error.includes('nothing')) || (error.includes('404') && error.includes(OWN));
}

/** A user's file with what is hard to filter: nothing given, quotes, long texts, names in Chinese. */
function drains() {
  const features = Array.from({ length: 120 }, (_, at) => ({
    type: 'Feature',
    properties: {
      '编号 "甲"': `D${at % 7}`, name: at % 5 ? `雨水管 ${at}` : null, diameter_mm: at % 4 ? 300 + (at % 3) * 150 : null, checked: at % 3 ? at % 2 === 0 : null,
      laid: at % 6 ? `20${10 + (at % 15)}-07-1${at % 9}` : null, note: at === 8 ? 'x'.repeat(300) : at % 2 ? "d'x" : null, state: 'public',
    },
    geometry: { type: 'LineString', coordinates: [[120.8 + (at % 12) * 0.02, 32 + Math.floor(at / 12) * 0.02], [120.815 + (at % 12) * 0.02, 32.01 + Math.floor(at / 12) * 0.02]] },
  }));
  return JSON.stringify({ type: 'FeatureCollection', features });
}

async function load(id, content) {
  const folder = await mkdtemp(join(tmpdir(), 'basin-e2e-layer-'));
  try {
    const file = join(folder, 'drains.geojson');
    await writeFile(file, content);
    const [command, ...args] = process.env.BASIN_LOAD.split(' ');
    execFileSync(command, [...args, file, '--as', id, '--class', 'public'], { stdio: 'pipe' });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The features of a layer that the map draws, by the rules of its filter rather than by what is in sight. */
const gidsDrawn = (page, id) => page.evaluate((layer) => {
  const { map, store } = window.basin;
  const source = map.getSource(layer) ? layer : `own:${layer}`;
  const filter = store.tree.filters[layer]?.drawn;
  return [...new Set(map.querySourceFeatures(source, { sourceLayer: layer, filter }).map((one) => one.id))].sort((a, b) => a - b);
}, id);

export async function layers(first, { base, check, ask, accessible }) {
  const page = await first.context().newPage();
  await page.setViewportSize({ width: 1280, height: 800 });
  try {
    await page.goto(`${base}/#lang=zh`, { waitUntil: 'load' });
    await page.waitForSelector('[data-connection="live"]', { timeout: 10_000 });
    await mapIdle(page);
    await tree(page, check, ask);
    await filters(page, check, ask);
    await table(page, check, ask);
    await exports(page, check, ask);
    await check('layers accessible in Chinese', () => accessible(page, 'zh'));
    if (process.env.BASIN_SHOT) await page.screenshot({ path: process.env.BASIN_SHOT.replace(/(\.\w+)?$/, '-layers$1') });
    await check('layers accessible in English', async () => {
      await page.click('.language button[lang="en"]');
      await until(async () => (await page.locator('#rows-title').innerText()).startsWith('Table of'), 5000, 'the table in English');
      await accessible(page, 'en');
    });
    await many(page, check, ask);
    await phone(page, check, accessible);
    await check('a layer that was deleted goes from the tree and the map once the list is read again', async () => {
      await ask(`/ogc/collections/${OWN}`, { method: 'DELETE' });
      await page.evaluate(() => window.basin.store.setLang('zh'));
      await until(async () => (await page.locator(row(OWN)).count()) === 0, 10_000, 'it gone');
      assert(!(await page.evaluate((id) => window.basin.map.getSource(`own:${id}`), OWN)), 'the map has it still');
    });
  } finally {
    await page.close();
  }
}

async function tree(page, check, ask) {
  await check('groups of layers open and close, and layers are counted', async () => {
    const { numberMatched } = await ask('/ogc/collections/river/items?limit=1');
    await until(async () => Number(await page.locator(`${row('river')} [data-count]`).getAttribute('data-count')) === numberMatched, 10_000, `${numberMatched} rivers counted`);
    const group = page.locator('[data-group="water"] button.group');
    await group.focus();
    await page.keyboard.press('Enter');
    assert(await page.locator('input[data-layer="river"]').count() === 0, 'a closed group shows its layers');
    await page.keyboard.press('Enter');
    assert(await page.locator('input[data-layer="river"]').count() === 1, 'an open group hides its layers');
  });
  await check('a layer that a user loads appears and is drawn, without a reload', async () => {
    await load(OWN, drains());
    await page.waitForSelector(`[data-group="own"] input[data-layer="${OWN}"]`, { timeout: 10_000 });
    const count = await until(() => drawn(page, `own:${OWN}`), 10_000, 'features of it on the map');
    assert((await hash(page)).includes(OWN), 'the address does not name it');
    await page.uncheck(`input[data-layer="${OWN}"]`);
    await until(async () => (await drawn(page, `own:${OWN}`)) === 0, 5000, 'it hidden');
    await page.check(`input[data-layer="${OWN}"]`);
    await until(() => drawn(page, `own:${OWN}`), 5000, 'it shown');
    return `${count} features`;
  });
  await check('a layer says where it comes from', async () => {
    await details(page, OWN);
    await until(async () => (await page.locator(`${row(OWN)} [data-origin="known"]`).innerText()).includes('drains.geojson'), 5000, 'its source');
  });
}

async function filters(page, check, ask) {
  await check('a filter is chosen, and the map shows what the server would', async () => {
    const body = page.locator(row(OWN));
    await body.locator('select[name="property"]').selectOption('diameter_mm');
    await body.locator('select[name="operator"]').selectOption('>');
    await body.locator('input[name="value"]').fill('400');
    await body.locator('input[name="value"]').press('Enter');
    await body.locator('[data-understood]').waitFor({ timeout: 5000 });
    assert(await body.locator('[data-understood]').innerText() === 'diameter_mm > 400', 'it is understood otherwise');
    assert((await hash(page)).includes(`filter.${OWN}=diameter_mm > 400`), 'the address does not hold it');
  });
  for (const [how, text] of [
    ['tiles', 'diameter_mm > 400'], ['tiles', 'diameter_mm <> 450 AND checked = TRUE'], ['tiles', 'diameter_mm IS NULL'], ['tiles', "laid >= DATE('2018-01-01')"], ['tiles', "note = 'd''x'"],
    ['tiles', '"编号 ""甲""" = \'D3\''], ['features', "name LIKE '%1%'"], ['features', 'note IS NULL'], ['features', "note <> 'd''x'"], ['features', 'checked = TRUE OR diameter_mm = 600'],
    ['features', 'length(geom) > 1 AND diameter_mm BETWEEN 300 AND 450'], ['tiles', 'diameter_mm = 5'],
  ]) {
    await check(`the map is filtered by ${text}`, async () => {
      await type(page, OWN, text);
      await until(() => page.evaluate(([id, one]) => window.basin.store.tree.filters[id]?.text === one && !window.basin.store.tree.filters[id].busy, [OWN, text]), 5000, 'the answer');
      assert(await page.locator(`${row(OWN)} [data-filter-how]`).getAttribute('data-filter-how') === how, `not by ${how}`);
      await mapIdle(page);
      const [shown, served] = [await gidsDrawn(page, OWN), await gidsServed(ask, OWN, text)];
      assert(JSON.stringify(shown) === JSON.stringify(served), `the map shows ${shown.length}, the server says ${served.length}`);
      const visible = await drawn(page, `own:${OWN}`);
      assert((visible > 0) === (served.length > 0), `${visible} drawn of ${served.length}`);
      return `${served.length} features`;
    });
  }
  await check('symbols of stations are filtered too', async () => {
    const before = await drawn(page, 'station');
    const { features: [{ properties: { code } }] } = await ask('/ogc/collections/station/items?limit=1');
    await type(page, 'station', `code = '${code}'`);
    await until(async () => { const now = await drawn(page, 'station'); return now > 0 && now < before; }, 10_000, 'fewer stations');
    await page.click(`${row('station')} [data-clear]`);
    await until(async () => (await drawn(page, 'station')) === before, 10_000, 'all stations');
    await page.click(`${row('station')} .more`);
  });
  await check('a wrong filter is refused in the words of the server, and changes nothing', async () => {
    const before = await page.evaluate((id) => window.basin.store.tree.filters[id].text, OWN);
    for (const [wrong, words] of [['diameter_mm > nothing', '没有属性 "nothing"（第 1 行第 15 个字符）'], ['nothing >', '此处应为值、名称或条件，却到此为止']]) {
      await type(page, OWN, wrong);
      const error = page.locator(`${row(OWN)} [data-filter-error]`);
      await until(async () => (await error.count()) && (await error.innerText()).includes(words), 5000, words);
    }
    assert(await page.evaluate((id) => window.basin.store.tree.filters[id].text, OWN) === before, 'the filter is another');
  });
  await check('a filter comes back from the address', async () => {
    await type(page, OWN, 'diameter_mm > 400');
    await until(async () => (await hash(page)).includes(`filter.${OWN}=diameter_mm > 400`), 5000, 'it in the address');
    await page.reload({ waitUntil: 'load' });
    const { numberMatched } = await ask(`/ogc/collections/${OWN}/items?${new URLSearchParams({ limit: '1', filter: 'diameter_mm > 400' })}`);
    await until(async () => Number(await page.locator(`${row(OWN)} [data-filtered]`).getAttribute('data-filtered')) === numberMatched, 10_000, `${numberMatched} features`);
    await mapIdle(page);
    const shown = await until(() => gidsDrawn(page, OWN).then((all) => all.length > 0 && all), 10_000, 'features drawn');
    assert(shown.length === numberMatched, `${shown.length} drawn`);
    await details(page, OWN);
    assert(await page.locator(`${row(OWN)} select[name="operator"]`).inputValue() === '>', 'the choices do not show it');
  });
}

/** A layer with more features than can be named one by one, or sorted. */
async function many(page, check, ask) {
  const id = 'e2e_many';
  const count = 10_050;
  await check('where too much matches the page says how much of it is drawn', async () => {
    const features = Array.from({ length: count }, (_, at) => ({
      type: 'Feature', properties: { name: `p${at}` }, geometry: { type: 'Point', coordinates: [120.5 + (at % 100) * 0.005, 31.9 + Math.floor(at / 100) * 0.003] },
    }));
    await load(id, JSON.stringify({ type: 'FeatureCollection', features }));
    await page.waitForSelector(`input[data-layer="${id}"]`, { timeout: 10_000 });
    await type(page, id, "name LIKE 'p%'");
    await until(() => page.evaluate((one) => window.basin.store.tree.filters[one]?.most === 10_000, id), 10_000, 'the limit');
    await until(async () => (await page.locator(`${row(id)} [data-filter-how] .error`).innerText()).includes('10000'), 5000, 'it said');
    await page.click(`${row(id)} [data-open-table]`);
    await page.waitForSelector(`[data-rows="${id}"] tbody tr`, { timeout: 10_000 });
    await until(async () => Number(await page.locator('[data-rows-matched]').getAttribute('data-rows-matched')) === count, 5000, `${count} rows`);
    await page.click(`${row(id)} .more`);
    await page.click(`${row(OWN)} [data-open-table]`);
    await ask(`/ogc/collections/${id}`, { method: 'DELETE' });
  });
}
