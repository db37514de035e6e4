import type { Locator } from '@playwright/test';
import { Phone } from '../support/phone';
import { expect, test } from '../support/test';

const LANGUAGES = [
  { locale: 'en-GB', name: 'Ana Prueba', asks: 'Is the oak table in stock?', answer: 'Yes, two are left.' },
  { locale: 'es-ES', name: 'Pau Ejemplo', asks: '¿Queda la mesa de roble?', answer: 'Sí, quedan dos.' },
] as const;

const WHITE = 'rgb(255, 255, 255)';

for (const { locale, name, asks, answer } of LANGUAGES) {
  test.describe(locale, () => {
    test.use({ locale });

    test('the phone writes, the agent answers, the phone reads', async ({ charla, context, inbox }) => {
      const customer = await charla.customer(name);
      const phone = await Phone.open(
        await context.newPage(),
        charla.said.sandbox_url,
        inbox.language,
        customer,
      );
      await inbox.open();
      await expect(inbox.page.locator('html')).toHaveAttribute('lang', inbox.language);

      await phone.writes(asks);
      await expect(inbox.row(name)).toContainText(asks);
      await inbox.choose(name);
      await expect(inbox.message(asks)).toBeVisible();

      await inbox.send(answer);
      await expect(phone.message(answer)).toBeVisible();
      const bubble = inbox.message(answer);
      await expect(bubble).toContainText(inbox.words.unseen);
      await expect.poll(() => background(bubble), 'unseen is grey').not.toBe(WHITE);

      await phone.looks();
      await expect(bubble).toContainText(inbox.words.seen);
      await expect(bubble).not.toContainText(inbox.words.unseen);
      await expect.poll(() => background(bubble), 'seen is white').toBe(WHITE);
    });
  });
}

function background(message: Locator): Promise<string> {
  return message.locator('.bub').evaluate((element) => getComputedStyle(element).backgroundColor);
}
