/** Routes that a server may lack: the browser reports each missing one, which is no fault of the page. */
const OPTIONAL = /\/ingest\/(rtus|frames|arrival|pending)|\/twin\/things\/[^/]+\/rain/;

export function expected(error) {
  return /404|403/.test(error) && OPTIONAL.test(error);
}

/** The section of field stations, where the server tells of them. */
export async function field(page, { open, ask }) {
  const all = await ask('/ingest/rtus').catch(() => undefined);
  if (!all) return 'the server tells nothing of field stations';
  const registered = all.stations?.find((one) => !one.disabled);
  if (!registered) return 'none is registered';
  const before = await page.locator('.thing').getAttribute('data-thing');
  await open(registered.thing);
  await page.waitForSelector('.thing section.field', { timeout: 5000 });
  await open(before);
  return registered.thing;
}

/** The button of what waits to be registered: there exactly when something does. */
export async function pending(page, { ask }) {
  const answer = await ask('/ingest/pending').catch(() => undefined);
  const waiting = answer?.pending?.length ?? 0;
  const buttons = await page.locator('button[data-pending]').count();
  if (buttons !== (waiting ? 1 : 0)) throw new Error(`${buttons} buttons for ${waiting} waiting`);
  return answer ? `${waiting} waiting` : 'the server has no such list';
}
