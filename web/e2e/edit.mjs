// Editing features of a user's layer: drawing, changing, what others do meanwhile, history.
import { mapIdle, until } from './browser.mjs';
import { assert, clickAt, count, drag, LAYER, pixel, typePlaces } from './sketch.mjs';

const items = `/ogc/collections/${LAYER}/items`;
const said = (page, key) => page.waitForSelector(`[data-said="${key}"]`, { timeout: 5000 });
const field = (name) => `[data-field="${name}"]`;

/** The ids of the layer's features that the map has drawn. */
const onMap = (page) => page.evaluate(() => [...new Set(window.basin.map.queryRenderedFeatures({ layers: ['edited-fill'] }).map((one) => one.id))].sort((a, b) => a - b));

/** From now on, counts what is drawn of the layer whenever the map is. */
const watch = (page) => page.evaluate(() => {
  const { map } = window.basin;
  window.fewest = Infinity;
  map.on('render', () => (window.fewest = Math.min(window.fewest, map.queryRenderedFeatures({ layers: ['edited-fill'] }).length)));
});

async function create(page, ask) {
  await page.click('[data-tool="edit"]');
  await page.waitForSelector('[data-new="polygon"]');
  assert(await page.locator('[data-new]').count() === 1, 'offers what the layer does not take');
  await until(async () => (await onMap(page)).length === 3, 10_000, 'three plots on the map');
  await mapIdle(page);
  await page.click('[data-new="polygon"]');
  for (const place of [[120.92, 32.05], [120.96, 32.05], [120.96, 32.08], [120.92, 32.08]]) await clickAt(page, place);
  await clickAt(page, [120.92, 32.05]); // the first again: finished
  await until(async () => (await count(page)) === 4 && await page.locator('.sketch button.primary').count() === 0, 3000, 'a finished polygon');
  await page.fill(field('name'), '北圩');
  await page.fill(field('households'), 'many');
  await page.click('[data-save]');
  await page.waitForSelector('#field-households-bad');
  assert(await page.locator(field('households')).getAttribute('aria-invalid') === 'true', 'the field does not say so');
  await page.fill(field('households'), '31');
  await page.selectOption(field('geometry_status'), 'surveyed');
  await page.fill(field('surveyed'), '2026-07-18');
  await watch(page);
  await page.click('[data-save]');
  await said(page, 'edit.saved');
  const gid = await until(async () => (await onMap(page)).find((id) => id > 3), 5000, 'the new plot on the map');
  const fewest = await page.evaluate(() => window.fewest);
  assert(fewest >= 3, `${fewest} plots were drawn in between: a flicker`);
  const { properties } = await ask(`${items}/${gid}`);
  assert(properties.name === '北圩' && properties.households === 31 && properties.surveyed === '2026-07-18' && properties.geometry_status === 'surveyed', JSON.stringify(properties));
  return `#${gid}`;
}

async function refused(page) {
  await drag(page, [120.92, 32.05], [120.98, 32.07]); // over the opposite side
  await page.click('[data-save]');
  await page.waitForSelector('[data-refused]', { timeout: 5000 });
  const where = await until(() => page.evaluate(() => window.basin.map.queryRenderedFeatures({ layers: ['sketch-wrong'] })[0]?.geometry.coordinates), 3000, 'a mark on the map');
  assert(Math.abs(where[0] - 120.96) < 0.001 && Math.abs(where[1] - 32.065) < 0.015, `the mark is at ${where}`);
  await page.locator('main canvas').focus();
  await page.keyboard.press('Control+z');
  await page.click('[data-save]');
  await said(page, 'edit.same');
  return where.map((one) => one.toFixed(4)).join(', ');
}

async function changeByKeyboard(page, ask) {
  await page.click('[data-leave]');
  const button = page.locator('[data-feature="1"]');
  await button.focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector(field('name'));
  await page.fill('[data-place="2"]', '120.91, 32.04');
  await page.keyboard.press('Tab');
  await page.fill(field('tags'), '{"soil":"loam","wet":true}');
  await page.focus('[data-save]');
  await page.keyboard.press('Enter');
  await said(page, 'edit.saved');
  const { geometry, properties } = await ask(`${items}/1`);
  assert(JSON.stringify(geometry).includes('[120.91,32.04]') && properties.tags.soil === 'loam' && properties.tags.wet === true && properties.name === '东圩', JSON.stringify(properties));
}

async function conflict(page, ask) {
  await page.fill(field('crop'), '莲藕');
  await page.fill(field('name'), '我的圩');
  await ask(`${items}/1`, { method: 'PATCH', body: JSON.stringify({ properties: { crop: '芦苇', households: 43, name: '他的圩' } }) });
  await page.click('[data-save]');
  await page.waitForSelector('[data-clash="3"]', { timeout: 5000 });
  assert(await page.locator('[data-clash-of="households"] [data-mine]').count() === 0, 'asks about what only the other changed');
  await page.locator('[data-clash-of="crop"] input').first().check(); // his
  await page.click('[data-settle]');
  await said(page, 'edit.saved');
  const { properties } = await ask(`${items}/1`);
  assert(properties.crop === '芦苇' && properties.households === 43 && properties.name === '我的圩', JSON.stringify(properties));
  return `${properties.name}, ${properties.crop}, ${properties.households}`;
}

async function history(page, ask) {
  const list = page.locator('[data-version]');
  await until(async () => (await list.count()) === 3, 5000, 'three changes');
  assert((await list.first().innerText()).includes('他的圩') && (await list.first().innerText()).includes('我的圩'), await list.first().innerText());
  await page.click('[data-version="1"] [data-look]');
  await until(() => page.evaluate(() => window.basin.map.queryRenderedFeatures({ layers: ['sketch-former-line'] }).length), 3000, 'the former geometry on the map');
  await page.click('[data-version="1"] [data-restore]');
  await page.click('[data-restore-sure]');
  await said(page, 'edit.restored');
  const { geometry, properties } = await ask(`${items}/1`);
  assert(properties.name === '东圩' && properties.tags.soil === 'clay' && !JSON.stringify(geometry).includes('32.04'), JSON.stringify(properties));
  await until(async () => (await list.count()) === 4, 5000, 'the restoring in the history');
  return (await list.first().innerText()).split('\n')[0];
}

async function remove(page, ask) {
  await page.click('[data-delete]');
  await page.click('[data-sure]');
  await page.waitForSelector('[data-bring-back]', { timeout: 5000 });
  await until(async () => !(await onMap(page)).includes(1), 5000, 'gone from the map');
  await page.click('[data-bring-back]');
  await said(page, 'edit.restored');
  await until(async () => (await onMap(page)).includes(1), 5000, 'back on the map');
  assert((await ask(`${items}/1`)).properties.name === '东圩', 'is another');
}

async function leave(page) {
  await page.fill(field('name'), 'unsaved');
  await page.click('[data-leave]');
  await page.waitForSelector('[data-sure]');
  await page.click('[data-sure]');
  await page.waitForSelector('[data-new]');
  const { x, y } = await pixel(page, [120.94, 32.015]);
  await page.mouse.click(x, y);
  await page.waitForSelector(field('name'));
  assert(await page.inputValue(field('name')) === '西圩', 'a click on the map opens another');
}

async function parts(page, ask) {
  await page.locator('.sketch .buttons button').nth(3).click();
  await typePlaces(page, [[120.97, 32.0], [120.98, 32.0], [120.98, 32.01]]);
  await page.click('[data-save]');
  await said(page, 'edit.saved');
  const { geometry } = await ask(`${items}/2`);
  assert(geometry.type === 'MultiPolygon' && geometry.coordinates.length === 2, JSON.stringify(geometry));
}

export async function edit(page, { check, ask, accessible, shot }) {
  await check('a feature is drawn, and its fields are checked', () => create(page, ask));
  await check('what is wrong with a geometry is marked where it is', () => refused(page));
  await check('a feature is changed by the keyboard alone', () => changeByKeyboard(page, ask));
  await check('what others change meanwhile is shown, to choose from', () => conflict(page, ask));
  await check('a former state is seen and restored', () => history(page, ask));
  await shot(page, 'edit');
  await check('accessible while editing', () => accessible(page, 'editing'));
  await check('a feature is deleted and brought back', () => remove(page, ask));
  await check('unsaved changes are asked about, and a click opens a feature', () => leave(page));
  await check('a feature of two parts', () => parts(page, ask));
  await page.click('.language button[lang="en"]');
  await check('accessible while editing in English', () => accessible(page, 'editing in English'));
  await shot(page, 'edit-en');
}
