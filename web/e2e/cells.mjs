import { drawn, until } from './browser.mjs';

const shown = (page) => page.locator('[data-cells-shown]').getAttribute('data-cells-shown').then(Number);

/** The cells of an hour: off at first, drawn when switched on, one ramp to a datum, and kept in the address. */
export async function cells(page, cellsOf) {
  if (await drawn(page, 'cells')) throw new Error('drawn before they are asked for');
  const hour = new Date(Math.floor(Date.now() / 3.6e6) * 3.6e6 - 47 * 3.6e6).toISOString();
  const known = await until(async () => {
    const { cells } = await cellsOf('level', hour);
    return cells.length && cells;
  }, 20_000, 'rollups on the server');
  await page.check('input[data-cells]');
  await page.selectOption('select[name="cells-property"]', 'level');
  await until(() => shown(page), 10_000, 'cells in the legend');
  const count = await until(() => drawn(page, 'cells'), 10_000, 'cells on the map');
  if (!(await page.evaluate(() => location.hash)).includes('cells=level')) throw new Error('the address does not say so');
  const datums = new Set(known.map((one) => one.datum ?? '')).size;
  const choices = await page.locator('select[name="cells-datum"] option').count();
  if (choices !== (datums > 1 ? datums : 0)) throw new Error(`${choices} choices for ${datums} datums`);
  if (!(await page.locator('.ramp li').count())) throw new Error('no ramp');

  const slider = page.locator('input[name="cells-hour"]');
  const now = await slider.getAttribute('aria-valuetext');
  await slider.focus();
  await page.keyboard.press('Home');
  await until(async () => (await slider.getAttribute('aria-valuetext')) !== now, 2000, 'another hour');
  await page.click('.cells .time button');
  await until(async () => (await slider.inputValue()) !== '0', 5000, 'time going on');
  await page.click('.cells .time button');
  return `${count} drawn, ${datums} datums`;
}

export async function cellsOff(page) {
  await page.uncheck('input[data-cells]');
  await until(async () => (await drawn(page, 'cells')) === 0, 5000, 'cells gone');
  if ((await page.evaluate(() => location.hash)).includes('cells=')) throw new Error('still in the address');
}
