// What draws in the browser: the mouse on the map, and the keyboard beside it.
export const LAYER = 'plots';

export function assert(condition, message) {
  if (!condition) throw new Error(message);
}

/** Where a place is on the page. */
export function pixel(page, place) {
  return page.evaluate(([lon, lat]) => {
    const { map } = window.basin;
    const { x, y } = map.project([lon, lat]);
    const box = map.getCanvas().getBoundingClientRect();
    return { x: x + box.left, y: y + box.top };
  }, place);
}

export async function clickAt(page, place, options = {}) {
  const { x, y } = await pixel(page, place);
  await page.mouse.click(x, y, options);
  await page.waitForTimeout(350); // else two clicks are a double one
}

export async function drag(page, from, to) {
  const [a, b] = [await pixel(page, from), await pixel(page, to)];
  await page.mouse.move(a.x, a.y);
  await page.mouse.down();
  await page.mouse.move((a.x + b.x) / 2, (a.y + b.y) / 2, { steps: 3 });
  await page.mouse.move(b.x, b.y, { steps: 3 });
  await page.mouse.up();
}

export const count = (page) => page.locator('.sketch').getAttribute('data-places').then(Number);

/** Types places, as who cannot point at them does. */
export async function typePlaces(page, places) {
  await page.focus('.sketch input[name="place"]');
  for (const place of places) {
    await page.keyboard.type(place.join(', '));
    await page.keyboard.press('Enter');
  }
}
