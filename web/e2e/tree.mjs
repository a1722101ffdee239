export const OWN = 'e2e_drains';

export function assert(condition, message) {
  if (!condition) throw new Error(message);
}

export const hash = (page) => page.evaluate(() => decodeURIComponent(location.hash));
export const row = (id) => `[data-tree="${id}"]`;

export async function details(page, id) {
  if (await page.locator(`${row(id)} .more`).getAttribute('aria-expanded') === 'false') await page.click(`${row(id)} .more`);
}

/** Filters a layer by typing CQL2. */
export async function type(page, id, text) {
  await details(page, id);
  await page.click(`${row(id)} [data-type-cql]`);
  await page.fill(`${row(id)} textarea[name="cql"]`, text);
  await page.click(`${row(id)} [data-apply]`);
}

export async function gidsServed(ask, id, filter) {
  const { features } = await ask(`/ogc/collections/${id}/items?${new URLSearchParams({ limit: '10000', filter })}`);
  return features.map((one) => one.id);
}
