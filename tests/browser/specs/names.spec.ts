import type { Locator } from '@playwright/test';
import { expect, test } from '../support/test';

const LONG = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';
const TURNING = '\u202EnimdA\u2069\u202E';

for (const width of [1440, 1280, 390]) {
  test.describe(`at ${width} px`, () => {
    test.use({ viewport: { width, height: 844 } });

    test('a long name is cut with an ellipsis, and its title tells it whole', async ({ charla, inbox }) => {
      const { page } = inbox;
      const customer = await charla.customer(`${LONG}${width}`);
      await inbox.open();
      await customer.writes('Guten Tag');
      const inRow = inbox.row(customer.name).getByText(customer.name, { exact: true }).last();
      await isCut(inRow, customer.name);
      await inbox.row(customer.name).click();
      await expect(inbox.message('Guten Tag')).toBeVisible();
      await isCut(page.getByRole('heading', { name: customer.name }), customer.name);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wider).toBe(0);
    });
  });
}

test('a name cannot turn the text around it', async ({ charla, inbox }) => {
  const customer = await charla.customer(TURNING);
  await inbox.open();
  await customer.writes('Hello from the other side');
  await inbox.choose('nimdA');
  await expect(inbox.page.getByRole('heading', { name: 'nimdA', exact: true })).toBeVisible();
  expect(await inbox.page.locator('body').innerText()).not.toContain('\u202E');
});

async function isCut(name: Locator, whole: string): Promise<void> {
  await expect(name).toHaveAttribute('title', whole);
  const { shown, needed } = await name.evaluate((element) => ({
    shown: element.clientWidth,
    needed: element.scrollWidth,
  }));
  expect(needed).toBeGreaterThan(shown);
}
