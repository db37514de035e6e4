import type { Page } from '@playwright/test';
import { Phone } from '../support/phone';
import { expect, SIGNED_OUT, test } from '../support/test';

/** The page is as high as the window: its panes scroll, not the page. */
async function stands(page: Page): Promise<void> {
  const more = await page.evaluate(() => (document.scrollingElement?.scrollHeight ?? Infinity) - innerHeight);
  expect(more).toBeLessThanOrEqual(0);
}

test('signing in scrolls no page', async ({ browser }) => {
  const context = await browser.newContext({ storageState: SIGNED_OUT });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await stands(page);
  await context.close();
});

test('the inbox and the settings scroll in their panes', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Paz Larga');
  await customer.writes(...Array.from({ length: 40 }, (_, n) => `line ${n}`));
  await inbox.open('all');
  await stands(page);
  await inbox.choose(customer.name);
  await expect(inbox.message('line 39')).toBeInViewport();
  await stands(page);
  for (const section of ['me', 'team', 'health']) {
    await page.goto(`/w/${inbox.workspace}/settings/${section}`);
    await expect(page.getByRole('heading').nth(1)).toBeVisible();
    await stands(page);
  }
});

test('a phone with many messages scrolls in its frame', async ({ charla, page }) => {
  const customer = await charla.customer('Sara Seguida');
  const phone = await Phone.open(page, charla.said.sandbox_url, 'en', customer);
  await customer.writes(...Array.from({ length: 60 }, (_, n) => `line ${n}`));
  await expect(phone.message('line 59')).toBeInViewport();
  await stands(page);
});

test('what is written fast on a phone arrives, all of it and in order', async ({ charla, page }) => {
  const customer = await charla.customer('Rita Rápida');
  const phone = await Phone.open(page, charla.said.sandbox_url, 'en', customer);
  const texts = Array.from({ length: 15 }, (_, n) => `line ${n}`);
  for (const text of texts) await phone.types(text);
  await expect(phone.message(/./)).toContainText(texts);
});

test('a window that was closed by hand says how Charla learns of it', async ({ charla, page }) => {
  const customer = await charla.customer('Celia Cerrada');
  const phone = await Phone.open(page, charla.said.sandbox_url, 'en', customer);
  await phone.writes('Hello');
  const told = page.getByText('Closed by hand: Charla learns of it');
  await expect(told).toBeHidden();
  await page.getByRole('button', { name: 'Close it now' }).first().click();
  await expect(told).toBeVisible();
});

test('the clock of the phones says in which zone', async ({ charla, page }) => {
  await page.goto(charla.said.sandbox_url);
  await expect(page.getByRole('group', { name: 'The sandbox’s clock' })).toContainText(/\d\d:\d\d\s+CES?T/);
});
