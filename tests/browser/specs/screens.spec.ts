import { expect, SIGNED_OUT, test } from '../support/test';

// Pictures of the running program, to be laid beside the design: test-results/screens/.
test.use({ server: 'screens' });

const FOLDER = '../../test-results/screens';

test('01 and 02, the inbox, light and dark', async ({ inbox }) => {
  const { page } = inbox;
  await inbox.open('all');
  await inbox.choose('Lucía Ferrer');
  await expect(inbox.log).toBeVisible();
  for (const [name, colorScheme] of [
    ['01-inbox', 'light'],
    ['02-inbox-dark', 'dark'],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${FOLDER}/${name}.png`, animations: 'disabled' });
  }
});

test('11, the sandbox', async ({ charla, page }) => {
  await page.goto(charla.said.sandbox_url);
  await expect(page.getByRole('heading').first()).toBeVisible();
  await page.screenshot({ path: `${FOLDER}/11-sandbox.png`, animations: 'disabled' });
});

test('19, sign-in', async ({ browser }) => {
  const context = await browser.newContext({ storageState: SIGNED_OUT });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.screenshot({ path: `${FOLDER}/19-sign-in.png`, animations: 'disabled' });
  await context.close();
});

test.describe('16, the phone, in Spanish', () => {
  test.use({ locale: 'es-ES', viewport: { width: 390, height: 844 } });

  test('list and thread', async ({ inbox }) => {
    await inbox.open('all');
    await expect(inbox.row('Lucía Ferrer')).toBeVisible();
    await inbox.page.screenshot({ path: `${FOLDER}/16-list.png`, animations: 'disabled' });
    await inbox.row('Lucía Ferrer').click();
    await expect(inbox.log).toBeVisible();
    await inbox.page.screenshot({ path: `${FOLDER}/16-thread.png`, animations: 'disabled' });
  });
});

test('03c, the closed window', async ({ charla, inbox }) => {
  const customer = await charla.customer('Tomás Cerrado');
  await customer.writes('Buenas tardes');
  await inbox.open('all');
  await inbox.choose(customer.name);
  await charla.later({ hours: 25 });
  await expect(inbox.composer).toBeHidden();
  await inbox.page.screenshot({ path: `${FOLDER}/03c-window-closed.png`, animations: 'disabled' });
});
