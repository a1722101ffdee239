import { until } from './browser.mjs';

/** A station shows the latest forecast with what it assumes, and the slider shows the levels of a time to come. */
export async function forecast(page, { check, ask, open, accessible }) {
  await check('the forecast', () => ahead(page, { ask, open }));
  await check('accessible with a forecast', () => accessible(page, 'forecast'));
}

async function ahead(page, { ask, open }) {
  const station = await page.locator('.thing').getAttribute('data-thing');
  const made = await ask('/hydro/forecasts', { method: 'POST', body: '{}' });
  if (made.state !== 'done') throw new Error(`the forecast ${made.state}: ${JSON.stringify(made.error)}`);
  await page.evaluate(() => window.basin.store.open(undefined));
  await open(station);
  const note = page.locator('.thing [data-forecast]');
  await note.waitFor({ timeout: 10_000 });
  if (!(await note.locator('.warn').count())) throw new Error('it does not tell of synthetic sections');
  await note.locator('summary').click();
  await until(async () => (await note.locator('li').count()) === made.assumed.length, 5000, `${made.assumed.length} assumptions`);

  const slider = page.locator('[data-slider] input');
  await slider.focus();
  await until(async () => Number(await slider.getAttribute('max')) > Date.now() + 40 * 3600_000, 10_000, 'the horizon on the slider');
  await page.keyboard.press('End');
  await until(() => page.evaluate(() => window.basin.store.shown.at > Date.now() + 40 * 3600_000), 10_000, 'the horizon on the map');
  const shown = await page.evaluate((id) => window.basin.store.states.get(id).properties, station);
  const said = (await ask(`/hydro/forecasts/latest/at?time=${encodeURIComponent(shown.at)}`)).things[station];
  if (shown.values[0]?.value !== said.level || shown.status.level !== said.status) throw new Error(`the page shows ${JSON.stringify(shown)}, the server says ${JSON.stringify(said)}`);
  await page.keyboard.press('Home');
  await until(() => page.evaluate(() => window.basin.store.shown.at < Date.now()), 10_000, 'the day before on the map');
  await page.locator('[data-slider] button').click();
  await until(() => page.evaluate(() => window.basin.store.shown.at === undefined), 2000, 'now on the map');
  return `${made.assumed.length} assumptions, ${said.level.toFixed(2)} m at the horizon`;
}
