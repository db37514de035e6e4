import type { Page } from '@playwright/test';
import { expect, test } from '../support/test';

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

test('list, thread and composer work at 390 px', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Mar Estrecha');
  await inbox.open();
  await customer.writes('From the bus');
  await expect(inbox.row(customer.name)).toBeVisible();
  await fits(page);

  await inbox.row(customer.name).tap();
  await expect(inbox.message('From the bus')).toBeVisible();
  await expect(inbox.list).toBeHidden();
  await fits(page);

  await inbox.composer.fill('To the bus');
  await page.getByRole('button', { name: inbox.words.send }).tap();
  await expect(inbox.message('To the bus')).toBeVisible();
  await expect.poll(() => customer.received()).toEqual(['To the bus']);

  await page.getByRole('button', { name: inbox.words.back }).tap();
  await expect(inbox.row(customer.name)).toContainText('To the bus');
  await expect(inbox.log).toBeHidden();
});

test('the numbers of a contact card stand on one line each', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Carla Tarjeta');
  await customer.tells('contacts', [
    {
      name: { formatted_name: 'Ferran Garcia', first_name: 'Ferran' },
      phones: [{ phone: '+34 600 000 002', type: 'WORK' }],
    },
  ]);
  await inbox.open();
  await inbox.row(customer.name).tap();
  const label = page.getByText('work', { exact: true });
  await expect(label).toBeVisible();
  const height = await label.evaluate((element) => element.getBoundingClientRect().height);
  expect(height).toBeLessThan(20);
});

test('a message has the width of the screen for its text, and is answered after a tap on it', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Ana Ancha');
  const long = 'The table would have to be a little wider than that, and not so dark, if it is not too late';
  await customer.writes('Hello', long);
  await inbox.open();
  await inbox.row(customer.name).tap();
  const message = inbox.message(long);
  const bubble = message.getByText(long);
  await expect(bubble).toBeVisible();
  const width = await bubble.evaluate((element) => element.getBoundingClientRect().width);
  expect(width).toBeGreaterThan(220);
  const answer = message.getByRole('button', { name: 'Answer this message (Q)' });
  await bubble.tap();
  await expect(answer).toHaveCSS('opacity', '1');
  const box = await answer.boundingBox();
  expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
  await answer.tap();
  await expect(page.locator('#composer')).toContainText(long);
});

test.describe('on a touch keyboard', () => {
  test.use({ isMobile: true });

  test('Return writes a line break, and the button sends', async ({ charla, inbox }) => {
    const { page } = inbox;
    const customer = await charla.customer('Tina Táctil');
    await customer.writes('Hello');
    await inbox.open();
    await inbox.row(customer.name).tap();
    await expect(inbox.composer).toHaveAttribute('enterkeyhint', 'enter');
    await inbox.composer.tap();
    await page.keyboard.type('Two');
    await page.keyboard.press('Enter');
    await page.keyboard.type('lines');
    await expect(inbox.composer).toHaveValue('Two\nlines');
    await page.getByRole('button', { name: inbox.words.send }).tap();
    await expect.poll(() => customer.received()).toEqual(['Two\nlines']);
  });
});

/** Nothing asks for scrolling sideways. */
async function fits(page: Page): Promise<void> {
  const wider = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(wider).toBe(0);
}
