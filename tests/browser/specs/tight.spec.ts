import type { Locator } from '@playwright/test';
import { expect, test } from '../support/test';

test.use({ locale: 'es-ES', server: 'tight' });

/** All of it is on the screen: nothing is cut, and it ends within what it stands in. */
async function whole(one: Locator, within: Locator): Promise<void> {
  await expect(one).toBeVisible();
  await expect(async () => {
    const cut = await one.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(cut, await one.innerText()).toBeLessThanOrEqual(0);
    const [box, frame] = await Promise.all([one.boundingBox(), within.boundingBox()]);
    expect((box?.x ?? 0) + (box?.width ?? Infinity)).toBeLessThanOrEqual(
      (frame?.x ?? 0) + (frame?.width ?? 0),
    );
  }).toPass();
}

test('at 1280 the list is called by its whole name also beside what is new', async ({ charla, inbox }) => {
  const { page } = inbox;
  await page.setViewportSize({ width: 1280, height: 800 });
  const [first, second] = [await charla.customer('Pura Primera'), await charla.customer('Sara Segunda')];
  await inbox.open('all');
  await first.writes('Hola');
  await inbox.row(first.name).hover();
  await second.writes('Hola');
  const pane = page.getByRole('region', { name: inbox.words.pane, exact: true });
  await whole(pane.getByRole('button', { name: '1 nueva' }), pane);
  await whole(pane.getByRole('heading', { name: 'Todas' }), pane);
});

test('at 800 the person has their name and the window its end', async ({ charla, inbox }) => {
  const { page } = inbox;
  await page.setViewportSize({ width: 800, height: 800 });
  const customer = await charla.customer('Lucía Ferrer');
  await customer.writes('Hola');
  await inbox.open('all');
  await inbox.row(customer.name).first().click();
  const thread = page.locator('main.thread');
  await whole(thread.getByRole('heading', { name: customer.name }), thread);
  await whole(thread.locator('.when'), thread);
});
