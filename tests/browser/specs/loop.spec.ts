import type { Locator } from '@playwright/test';
import { expect, test } from '../support/test';

const LANGUAGES = [
  { locale: 'en-GB', name: 'Ana Prueba', asks: 'Is the oak table in stock?', answer: 'Yes, two are left.' },
  { locale: 'es-ES', name: 'Pau Ejemplo', asks: '¿Queda la mesa de roble?', answer: 'Sí, quedan dos.' },
];

for (const { locale, name, asks, answer } of LANGUAGES) {
  test.describe(locale, () => {
    test.use({ locale });

    test('the phone writes, the agent answers, the phone reads', async ({ charla, context, inbox }) => {
      const customer = await charla.customer(name);
      await inbox.open();
      await customer.writes(asks);

      await expect(inbox.row(name)).toContainText(asks);
      await inbox.choose(name);
      await expect(inbox.message(asks)).toBeVisible();
      await expect(inbox.page.locator('html')).toHaveAttribute('lang', locale.slice(0, 2));

      await inbox.send(answer);
      const bubble = inbox.message(answer);
      await expect(bubble).toContainText(inbox.words.unseen);
      const grey = await background(bubble.locator('.bub'));

      const phone = await context.newPage();
      await phone.goto(charla.said.sandbox_url);
      await expect(phone.getByText(answer).first()).toBeVisible();
      expect(await customer.received()).toEqual([answer]);

      await customer.reads();
      await expect(bubble).toContainText(inbox.words.seen);
      await expect(bubble).not.toContainText(inbox.words.unseen);
      expect(await background(bubble.locator('.bub')), 'grey has turned white').not.toEqual(grey);
      expect(await background(bubble.locator('.bub'))).toEqual('rgb(255, 255, 255)');
    });
  });
}

function background(locator: Locator): Promise<string> {
  return locator.evaluate((element) => getComputedStyle(element).backgroundColor);
}
