// Drawing, measuring, statistics of an area and editing, on a page of their own beside the first.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { mapIdle, until } from './browser.mjs';
import { edit } from './edit.mjs';
import { assert, clickAt, count, drag, LAYER, pixel, typePlaces } from './sketch.mjs';

/** The server refuses what is wrong on purpose, which the browser reports. */
export function drawnWrong(error) {
  return /status of (400|412)/.test(error) && error.includes(`/ogc/collections/${LAYER}/items`);
}

const shot = async (page, name) => {
  if (!process.env.BASIN_SHOT) return;
  await mapIdle(page);
  await page.screenshot({ path: process.env.BASIN_SHOT.replace(/(\.\w+)?$/, `-${name}$1`) });
};

const measuredLength = (page) => page.locator('.drawing .result').getAttribute('data-length').then(Number);

async function measureLine(page) {
  await page.click('[data-tool="measure"]');
  await page.waitForSelector('.drawing .result');
  const places = [[120.86, 32], [120.9, 32], [120.9, 32.03]];
  await clickAt(page, places[0]);
  const next = await pixel(page, places[1]);
  await page.mouse.move(next.x, next.y);
  await until(() => page.evaluate(() => window.basin.map.queryRenderedFeatures({ layers: ['sketch-open', 'sketch-length'] }).length === 2), 3000, 'the next side and its length before the click');
  for (const place of places.slice(1)) await clickAt(page, place);
  await until(async () => (await count(page)) === 3, 3000, 'three points');
  const { x, y } = await pixel(page, [120.94, 32.03]);
  await page.mouse.dblclick(x, y);
  await until(async () => (await count(page)) === 4, 3000, 'a fourth by a double click, and no fifth');
  assert(await page.locator('.sketch button.primary').count() === 0, 'a double click does not finish');
  // PostGIS: two sides of 3778 m and one of 3327 m, clicked to a pixel.
  const length = await measuredLength(page);
  assert(Math.abs(length - 10_883) < 120, `the line is ${length} m long`);
  await drag(page, [120.9, 32], [120.9, 31.99]);
  await until(async () => (await measuredLength(page)) > length + 500, 3000, 'longer after a drag');
  await page.locator('main canvas').focus();
  await page.keyboard.press('Control+z');
  await until(async () => Math.abs((await measuredLength(page)) - length) < 0.001, 3000, 'as it was after Undo');
  await drag(page, [120.88, 32], [120.88, 31.99]);
  await until(async () => (await count(page)) === 5, 3000, 'a vertex out of the middle of a side');
  await clickAt(page, [120.9, 32], { button: 'right' });
  await until(async () => (await count(page)) === 4, 3000, 'one vertex less');
  return `${length.toFixed(0)} m`;
}

async function measureByKeyboard(page) {
  await page.locator('.drawing .kinds button').nth(1).focus();
  await page.keyboard.press('Enter');
  await typePlaces(page, [[120.86, 32], [120.9, 32], [120.9, 32.03], [120.86, 32.03]]);
  await until(async () => (await count(page)) === 4, 3000, 'four places typed');
  const area = Number(await page.locator('.drawing .result').getAttribute('data-area'));
  assert(Math.abs(area - 12_571_926) < 500, `the field is ${area} m² large`);
  const text = await page.locator('.drawing .result').innerText();
  for (const unit of ['m²', '公顷', '亩', 'km²']) assert(text.includes(unit), `no ${unit} in ${text}`);
  await page.fill('[data-place="3"]', '120.86, 32.02');
  await page.keyboard.press('Tab');
  await until(async () => Number(await page.locator('.drawing .result').getAttribute('data-area')) < area, 3000, 'a smaller field');
  await page.fill('.sketch input[name="place"]', 'nowhere');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#draw-wrong');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('.drawing p.buttons button').first().click();
  const copied = await until(() => page.evaluate(() => navigator.clipboard.readText()), 3000, 'a copy');
  assert(copied.includes('公顷') && copied.split('\n').length === 6, `copied: ${copied}`);
  await page.keyboard.press('Escape'); // stops adding
  await page.keyboard.press('Escape');
  if (await page.locator('.drawing').isVisible()) await page.keyboard.press('Escape'); // a place was chosen
  await page.waitForSelector('.drawing', { state: 'hidden' });
  assert(await page.evaluate(() => document.activeElement?.getAttribute('data-tool')) === 'measure', 'the focus does not return');
  return `${area.toFixed(0)} m²`;
}

async function statistics(page, ask) {
  await page.click('[data-tool="stats"]');
  const ring = [[120.88, 31.99], [120.94, 31.99], [120.94, 32.1], [120.88, 32.1]];
  await typePlaces(page, ring);
  await page.check(`[data-stats="${LAYER}"]`);
  await page.selectOption(`[data-sum="${LAYER}"]`, 'households');
  await page.check('[data-stats="river"]');
  await page.click('.drawing button.primary:not(.sketch button)');
  await page.waitForSelector('[data-stats-row="river"]', { timeout: 20_000 });
  const geometry = { type: 'Polygon', coordinates: [[...ring, ring[0]]] };
  for (const id of [LAYER, 'river']) {
    const { groups: [group] } = await ask(`/ogc/collections/${id}/stats`, { method: 'POST', body: JSON.stringify({ within: geometry }) });
    const cells = await page.locator(`[data-stats-row="${id}"] td`).allInnerTexts();
    assert(Number(cells[0]) === group.count && group.count > 0, `${id}: ${cells[0]} of ${group.count}`);
    if (id === LAYER) assert(cells[3].startsWith('68'), `the households come to ${cells[3]}`);
    else assert(cells[1].includes('km') && group.length_m > 1000, `the rivers are ${cells[1]} long`);
  }
  const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.drawing p.buttons button').nth(1).click()]);
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  assert(lines.length === 3 && lines[1].includes(',3,') && lines[1].includes('households,68'), `exported: ${lines.join(' | ')}`);
  await drag(page, [120.94, 32.1], [120.95, 32.11]);
  await until(() => page.locator('.drawing [role="status"] > p.quiet').first().innerText().then((text) => text.includes('已改变')), 3000, 'told that the area is another');
  return lines[1];
}

/** What is told to somebody who has not signed in. */
async function stranger(browser, base) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.goto(`${base}/#lang=zh`, { waitUntil: 'load' });
    await page.click('[data-tool="edit"]');
    await page.waitForSelector('.drawing .told');
    assert(await page.locator('.drawing [data-new], .drawing select').count() === 0, 'offers what he may not do');
  } finally {
    await context.close();
  }
}

async function phone(page, accessible) {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const tool of ['measure', 'stats', 'edit']) {
    if (await page.locator(`[data-tool="${tool}"]`).getAttribute('aria-pressed') !== 'true') await page.click(`[data-tool="${tool}"]`);
    await page.waitForSelector('.drawing');
    const wide = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.querySelector('.drawing').scrollWidth));
    assert(wide <= 390, `${tool} is ${wide} pixels wide`);
    await accessible(page, `${tool} on a phone`);
  }
  await shot(page, 'draw-phone');
}

export async function draw(first, { base, check, ask, accessible }) {
  const [command, ...args] = process.env.BASIN_LOAD.split(' ');
  execFileSync(command, [...args, 'e2e/plots.geojson', '--as', LAYER], { stdio: 'pipe' });
  const page = await first.context().newPage();
  await page.setViewportSize({ width: 1280, height: 800 });
  try {
    await page.goto(`${base}/#map=11.2/32.04/120.91/0/0&lang=zh`, { waitUntil: 'load' });
    await page.waitForSelector('[data-connection="live"]', { timeout: 10_000 });
    await mapIdle(page);
    await check('a line is measured with the mouse', () => measureLine(page));
    await check('an area is measured by the keyboard alone', () => measureByKeyboard(page));
    await check('an area has statistics', () => statistics(page, ask));
    await shot(page, 'stats');
    await check('accessible with statistics', () => accessible(page, 'statistics'));
    await check('who has not signed in is told so', () => stranger(first.context().browser(), base));
    await edit(page, { check, ask, accessible, shot });
    await check('drawing on a phone', () => phone(page, accessible));
  } finally {
    await page.close();
    await ask(`/ogc/collections/${LAYER}`, { method: 'DELETE' });
  }
}
