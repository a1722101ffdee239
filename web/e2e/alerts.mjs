import { until } from './browser.mjs';

/** A warning appears while the level stays up, and an officer acknowledges it with the keyboard, on a page of his own. */
export async function alerts(first, { base, check, ask, post, accessible, candidate }) {
  const { thing, threshold, datastream } = await candidate();
  const { token } = await ask('/auth/tokens', { method: 'POST', body: JSON.stringify({ role: 'operator', name: 'officer' }) });
  const context = await first.context().browser().newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN' });
  const page = await context.newPage();
  const row = page.locator(`[data-about="${thing.id}"][data-rule="level-high"]`);
  try {
    await page.goto(`${base}/#lang=zh`, { waitUntil: 'load' });
    await page.waitForSelector('[data-connection="live"]', { timeout: 10_000 });
    await page.click('.session button');
    await page.fill('dialog input[name="token"]', token);
    await page.click('dialog button[type="submit"]');
    await page.waitForSelector('[data-role="operator"]', { timeout: 5000 });
    await page.waitForSelector('#alerts-title', { timeout: 5000 });
    await check('a warning appears while the level stays up', async () => {
      const value = Number((threshold.value + 0.05).toFixed(3));
      const now = Date.now();
      await post([20, 10, 0].map((ago) => ({ datastream: datastream.id, time: new Date(now - ago * 60_000).toISOString(), value })));
      await row.waitFor({ timeout: 10_000 });
      const text = await row.innerText();
      if (!text.includes('达到警戒水位') || !text.includes('黄色') || !text.includes('未确认')) throw new Error(text);
      return `${thing.id}: ${await row.getAttribute('data-severity')}`;
    });
    await check('its name leads to the thing on the map', async () => {
      await row.locator('button.link').press('Enter');
      await page.waitForSelector(`.thing[data-thing="${thing.id}"]`, { timeout: 5000 });
      const [lon, lat] = thing.geometry.coordinates;
      await until(() => page.evaluate(([x, y]) => window.basin.map.getBounds().contains([x, y]) && window.basin.map.getZoom() >= 11.9, [lon, lat]), 10_000, 'the map to be there');
    });
    await check('warnings are accessible', () => accessible(page, 'warnings'));
    await check('rules say what they cannot judge', async () => {
      await page.locator('.unable summary').press('Enter');
      await page.locator('.unable li', { hasText: '无预报' }).first().waitFor({ timeout: 5000 });
      await accessible(page, 'what rules cannot judge');
      await page.locator('.unable summary').press('Enter');
    });
    await check('an officer acknowledges it with the keyboard', async () => {
      await row.locator('.ack').press('Enter');
      await page.keyboard.type('已开闸');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await until(async () => (await row.getAttribute('data-state')) === 'acknowledged', 5000, 'the acknowledgement');
      if (!(await row.innerText()).includes('已开闸')) throw new Error(await row.innerText());
      const focused = await page.evaluate(() => document.activeElement?.closest('[data-alert]') !== null);
      if (!focused) throw new Error('the focus is lost');
    });
    await check('the first page hears of the acknowledgement', () => until(() =>
      first.evaluate((id) => document.querySelector(`[data-about="${id}"][data-rule="level-high"]`)?.getAttribute('data-state') === 'acknowledged', thing.id), 5000, 'the event'));
    await check('warnings in English', async () => {
      await page.click('.language button[lang="en"]');
      await until(async () => (await row.innerText()).includes('which reaches the warning level'), 5000, 'words in English');
      await accessible(page, 'warnings in English');
    });
  } finally {
    await context.close();
  }
}
