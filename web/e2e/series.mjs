import { until } from './browser.mjs';

export { forecast } from './forecast.mjs';

/** A time with whole seconds, some minutes ago. */
const ago = (minutes) => new Date(Math.floor(Date.now() / 1000 - minutes * 60) * 1000).toISOString();

/** A reading corrected and one far too high show on the hydrograph, to keys and in the table. */
export async function marks(page, { post, history }) {
  const id = await page.locator('.thing').getAttribute('data-thing');
  const { datastream, value } = await page.evaluate((one) => {
    const values = window.basin.store.states.get(one).properties.values.filter((each) => each.value !== null);
    return values.find((each) => each.property === 'level') ?? values[0];
  }, id);
  const corrected = ago(45);
  await post([{ datastream, time: corrected, value }]);
  await post([{ datastream, time: corrected, value: Number((value + 0.02).toFixed(3)), issued: new Date().toISOString() }]);
  await post([{ datastream, time: ago(40), value: Number((value + 5).toFixed(3)) }, { datastream, time: ago(0), value }]);
  const { points } = await history(id, datastream);
  const flags = points.filter((one) => one.quality?.length).length;
  const corrections = points.filter((one) => one.corrected || one.quality?.includes('operator')).length;
  if (!corrections) throw new Error('the server tells of no correction');
  await until(async () => {
    const list = page.locator('.thing .marks');
    return Number(await list.getAttribute('data-corrected')) === corrections && Number(await list.getAttribute('data-flagged')) === flags;
  }, 10_000, `${flags} flagged and ${corrections} corrected on the page`);

  const plot = page.locator('.thing .plot[role="slider"]');
  await plot.focus();
  await page.keyboard.press('End');
  const last = await plot.getAttribute('aria-valuetext');
  await page.keyboard.press('PageUp');
  const readout = await page.locator('[data-readout]').innerText();
  if (readout === last || !/[，,]/.test(readout)) throw new Error(`keys lead from “${last}” to “${readout}”`);
  await plot.hover({ position: { x: 200, y: 60 } });
  await until(async () => (await page.locator('[data-readout]').innerText()).trim(), 2000, 'a value under the pointer');

  const table = page.locator('.thing .hydrograph > details');
  await table.locator('summary').click();
  const rows = Math.min(200, points.length);
  await until(async () => (await table.locator('tbody tr').count()) === rows, 5000, `${rows} rows in the table`);
  await table.locator('summary').click();
  return `${flags} flagged, ${corrections} corrected, “${readout}”, ${rows} rows`;
}

/** Bars of rain, where a thing has any and the server knows how. */
export async function rain(page, { open, rainOf, things }) {
  const before = await page.locator('.thing').getAttribute('data-thing');
  for (const thing of things.filter((one) => one.datastreams?.some((stream) => stream.property.startsWith('rainfall')))) {
    const answer = await rainOf(thing.id);
    if (!answer) return 'the server knows no rain';
    await open(thing.id);
    await page.waitForSelector('.thing section.rain', { timeout: 5000 });
    if (answer.amounts?.some((one) => one.mm !== null)) await page.waitForSelector('.thing section.rain canvas', { timeout: 5000 });
    await open(before);
    return thing.id;
  }
  return 'nothing measures rain';
}
