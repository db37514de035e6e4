import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { png } from '../support/files';
import { expect, SIGNED_OUT, test } from '../support/test';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test('sign-in', async ({ browser }) => {
      const context = await browser.newContext({ storageState: SIGNED_OUT });
      const page = await context.newPage();
      await page.goto('/sign-in');
      await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
      await isAccessible(page);
      await context.close();
    });

    test('inbox', async ({ charla, inbox }) => {
      const customer = await charla.customer(`Axe ${colorScheme}`);
      await customer.writes('Hello', 'Anybody there?');
      await inbox.open();
      await isAccessible(inbox.page);
      await inbox.choose(customer.name);
      await inbox.send('Good morning');
      await expect(inbox.message('Good morning')).toContainText(inbox.words.unseen);
      await isAccessible(inbox.page);
      await inbox.page.keyboard.press('Escape');
      await inbox.page.keyboard.press('?');
      await expect(inbox.page.getByRole('dialog')).toBeVisible();
      await isAccessible(inbox.page);
    });

    for (const [name, key] of [
      ['palette', 'Control+k'],
      ['agents', 'a'],
    ] as const) {
      test(`inbox, ${name}`, async ({ inbox }) => {
        await inbox.open('all');
        await inbox.choose('Lucía Ferrer');
        await expect(inbox.composer).toBeVisible();
        await inbox.page.keyboard.press(key);
        await expect(inbox.page.getByRole('dialog').getByRole('combobox')).toBeFocused();
        await isAccessible(inbox.page);
      });
    }

    test('inbox, files and a voice note', async ({ charla, inbox, context }) => {
      await context.grantPermissions(['microphone']);
      const customer = await charla.customer(`Axe files ${colorScheme}`);
      await customer.writes('Hello');
      await inbox.open();
      await inbox.choose(customer.name);
      await inbox.page.getByRole('button', { name: 'Record a voice note' }).click();
      await expect(inbox.page.getByRole('timer')).toHaveText(/^0:0[1-9]$/);
      await isAccessible(inbox.page);
      await inbox.page.getByRole('button', { name: 'Stop and listen' }).click();
      await inbox.page.locator('#composer input[type=file]').setInputFiles([
        { name: 'mesa.png', mimeType: 'image/png', buffer: png(90, 60) },
        { name: 'clip.mov', mimeType: 'video/quicktime', buffer: Buffer.from('....ftypqt  ') },
      ]);
      const files = inbox.page.getByRole('list', { name: 'Files of this reply' });
      await expect(files.getByRole('listitem').filter({ hasText: 'ready' })).toBeVisible();
      await expect(files.getByRole('listitem').filter({ hasText: 'clip.mov' })).toBeVisible();
      await expect(files.getByRole('button', { name: 'Play' })).toBeVisible();
      await isAccessible(inbox.page);
    });

    for (const section of ['team', 'channels', 'health', 'me']) {
      test(`settings, ${section}`, async ({ inbox }) => {
        await inbox.open();
        await inbox.page.goto(inbox.page.url().replace(/\/inbox\/.*/, `/settings/${section}`));
        await expect(inbox.page.getByRole('heading').first()).toBeVisible();
        await isAccessible(inbox.page);
      });
    }

    test('the sandbox', async ({ page, charla }) => {
      await page.goto(charla.said.sandbox_url);
      await expect(page.getByRole('heading').first()).toBeVisible();
      await isAccessible(page);
    });
  });
}

async function isAccessible(page: Page): Promise<void> {
  const found = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const told = found.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((node) => node.html).join('\n    ')}`,
  );
  expect(told, 'axe').toEqual([]);
}
