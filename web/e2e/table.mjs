import { readFile } from 'node:fs/promises';
import { drawn, mapIdle, until } from './browser.mjs';
import { assert, details, gidsServed, hash, OWN, row, type } from './tree.mjs';

export async function table(page, check, ask) {
  const rows = page.locator(`[data-rows="${OWN}"] tbody tr`);
  const matched = (page) => page.locator('[data-rows-matched]').getAttribute('data-rows-matched').then(Number);
  await check('the table lists the filtered features, in order of a column', async () => {
    await page.click(`${row(OWN)} [data-open-table]`);
    await rows.first().waitFor({ timeout: 10_000 });
    const served = await gidsServed(ask, OWN, 'diameter_mm > 400');
    assert(await matched(page) === served.length, `${await matched(page)} rows of ${served.length}`);
    assert((await hash(page)).includes(`table=${OWN}`), 'the address does not say so');
    await page.click('[data-sort="laid"]');
    await page.waitForSelector('th[aria-sort="ascending"] [data-sort="laid"]', { timeout: 5000 });
    const at = (await page.locator('[data-rows] thead th').allInnerTexts()).findIndex((text) => text.startsWith('laid'));
    const days = (await rows.locator(`> :nth-child(${at + 1})`).allInnerTexts()).filter((day) => day !== '–');
    assert(days.length > 1 && days.every((day, one) => one === 0 || day >= days[one - 1]), `the days are ${days.join(' ')}`);
    return `${served.length} rows`;
  });
  await check('pages are turned', async () => {
    await page.click(`${row(OWN)} [data-clear]`);
    await until(async () => (await matched(page)) === 120, 5000, 'all features');
    const before = await rows.first().getAttribute('data-gid');
    await page.click('[data-page="next"]');
    await until(async () => (await rows.first().getAttribute('data-gid')) !== before, 5000, 'another page');
    await page.click('[data-page="previous"]');
    await until(async () => (await rows.first().getAttribute('data-gid')) === before, 5000, 'the first page again');
  });
  await check('a row is selected by the keyboard and shown on the map', async () => {
    await rows.nth(0).locator('th button').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await until(async () => (await rows.nth(2).getAttribute('aria-current')) === 'true', 2000, 'the third row marked');
    await until(async () => (await drawn(page, 'selected')) > 0, 5000, 'it on the map');
    await until(() => page.evaluate(() => window.basin.map.getZoom() > 11 && !window.basin.map.isMoving()), 10_000, 'the map there');
    assert(await rows.locator('[tabindex="0"]').count() === 1, 'more than one row is a stop of the tab key');
  });
  await check('a selection on the map marks its row, on whichever page', async () => {
    await mapIdle(page);
    const gid = await page.evaluate((id) => window.basin.store.api.items({ layer: id, limit: 1, after: 0 }).then((one) => one.features[0].id + 77), OWN);
    const { geometry } = await ask(`/ogc/collections/${OWN}/items/${gid}`);
    await page.evaluate((center) => window.basin.map.jumpTo({ center, zoom: 15 }), geometry.coordinates[0].map((side, at) => (side + geometry.coordinates[1][at]) / 2));
    await until(() => drawn(page, `own:${OWN}`), 10_000, 'it in sight');
    await mapIdle(page);
    const box = await page.locator('.map').boundingBox();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForSelector(`[data-rows] tr[data-gid="${gid}"][aria-current="true"]`, { timeout: 5000 });
  });
  await check('only what the map shows is listed when asked for', async () => {
    await page.check('input[name="rows-view"]');
    await until(async () => (await matched(page)) < 120, 5000, 'fewer rows');
    await page.evaluate(() => window.basin.map.jumpTo({ center: [121, 32.1], zoom: 7 }));
    await until(async () => (await matched(page)) === 120, 5000, 'all rows');
    await page.uncheck('input[name="rows-view"]');
  });
  await check('more rows than the page holds are sorted by the server', async () => {
    await details(page, 'building');
    await page.click(`${row('building')} [data-open-table]`);
    const listed = () => page.locator('[data-rows="building"] tbody tr').evaluateAll((all) => all.map((one) => Number(one.dataset.gid)));
    await until(async () => (await listed()).length > 1, 10_000, 'buildings');
    const column = 'lod';
    await page.waitForSelector(`[data-rows="building"] [data-sort="${column}"]`, { timeout: 5000 });
    await page.click(`[data-rows="building"] [data-sort="${column}"]`);
    await page.click(`[data-rows="building"] [data-sort="${column}"]`);
    await page.waitForSelector(`th[aria-sort="descending"] [data-sort="${column}"]`, { timeout: 5000 });
    const { features } = await ask(`/ogc/collections/building/items?sortby=-${encodeURIComponent(column)}&limit=100`);
    const page1 = features.slice(0, 50).map((one) => one.id).join(), page2 = features.slice(50).map((one) => one.id).join();
    await until(async () => (await listed()).join() === page1, 5000, 'the first page in order');
    await page.click('[data-page="next"]');
    await until(async () => (await listed()).join() === page2, 5000, 'the second page in order');
    await page.click(`${row(OWN)} [data-open-table]`);
    await page.locator(`[data-rows="${OWN}"] tbody tr`).first().waitFor({ timeout: 10_000 });
  });
}

export async function exports(page, check, ask) {
  await check('a filtered layer is exported, in a format that says what it loses', async () => {
    await type(page, OWN, 'diameter_mm > 400');
    const served = await gidsServed(ask, OWN, 'diameter_mm > 400');
    await page.click(`${row(OWN)} [data-open-export]`);
    const { formats } = await ask('/ogc/formats');
    const choice = page.locator('dialog[open] select[name="format"]');
    await until(async () => (await choice.locator('option').count()) === formats.length, 5000, `${formats.length} formats`);
    await choice.selectOption('csv');
    const losses = formats.find((one) => one.name === 'csv').losses.length;
    assert(await page.locator('dialog[open] li').count() === losses, `not ${losses} losses`);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('dialog[open] button[type="submit"]')]);
    await page.waitForSelector('dialog[open] [data-export="done"]', { timeout: 10_000 });
    const content = await readFile(await download.path(), 'utf8');
    assert(content.startsWith('\ufeff'), 'no byte-order mark');
    const lines = content.trim().split('\n').length - 1;
    assert(lines === served.length, `${lines} lines for ${served.length} features`);
    assert(download.suggestedFilename().endsWith('.csv'), download.suggestedFilename());
    return download.suggestedFilename();
  });
  await check('the dialog of exports closes by the keyboard', async () => {
    await page.keyboard.press('Escape');
    await until(async () => (await page.locator('dialog[open]').count()) === 0, 2000, 'it closed');
  });
}

export async function phone(page, check, accessible) {
  await check('layers and table on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForSelector('[data-rows] tbody tr', { timeout: 5000 });
    assert(await page.evaluate(() => document.documentElement.scrollWidth) <= 390, 'the page is wider than the screen');
    await accessible(page, 'table');
    await page.click('[data-close-table]');
    await page.click('.tabs button >> nth=1');
    await details(page, OWN);
    await page.locator(row(OWN)).scrollIntoViewIfNeeded();
    assert(await page.evaluate(() => document.documentElement.scrollWidth) <= 390, 'the tree is wider than the screen');
    await accessible(page, 'tree');
  });
}
