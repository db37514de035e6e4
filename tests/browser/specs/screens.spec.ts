import { expect, test } from '../support/test';

// Pictures of the running program, to be laid beside the design: test-results/screens/.
test.use({ server: 'screens' });

const FOLDER = '../../test-results/screens';

test('01 and 02, the inbox, light and dark', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Lucía Ferrer');
  await customer.writes('Hola, ¿tenéis la mesa de roble en 160 cm?', '¿Y cuánto tarda el envío a Castellón?');
  await inbox.open('all');
  await inbox.choose(customer.name);
  await inbox.send('Sí, quedan dos. El envío tarda tres días.');
  await expect(inbox.message('quedan dos')).toContainText(inbox.words.unseen);
  for (const [name, colorScheme] of [
    ['01-inbox', 'light'],
    ['02-inbox-dark', 'dark'],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${FOLDER}/${name}.png` });
  }
});

test('11, the sandbox', async ({ charla, page }) => {
  await page.goto(charla.said.sandbox_url);
  await expect(page.getByRole('heading').first()).toBeVisible();
  await page.screenshot({ path: `${FOLDER}/11-sandbox.png` });
});

test('19, sign-in', async ({ browser, charla }) => {
  const context = await browser.newContext({
    baseURL: charla.said.url,
    viewport: { width: 1440, height: 900 },
  });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.screenshot({ path: `${FOLDER}/19-sign-in.png` });
  await context.close();
});

test('16, the phone, in Spanish', async ({ browser, charla, signedIn }) => {
  const context = await browser.newContext({
    baseURL: charla.said.url,
    storageState: signedIn,
    locale: 'es-ES',
    viewport: { width: 390, height: 844 },
  });
  const page = await context.newPage();
  await page.goto('/');
  await expect(page.getByRole('listbox', { name: /^(Conversaciones|Conversations), / })).toBeVisible();
  await page.screenshot({ path: `${FOLDER}/16-mobile-list.png` });
  await context.close();
});

test('03c, the closed window', async ({ charla, inbox }) => {
  const customer = await charla.customer('Tomás Cerrado');
  await customer.writes('Buenas tardes');
  await inbox.open('all');
  await inbox.choose(customer.name);
  await charla.later({ hours: 25 });
  await expect(inbox.composer).toBeHidden();
  await inbox.page.screenshot({ path: `${FOLDER}/03c-window-closed.png` });
});
