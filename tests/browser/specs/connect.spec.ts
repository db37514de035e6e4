import type { Page } from '@playwright/test';
import type { Charla } from '../support/charla';
import { png } from '../support/files';
import { expect, test } from '../support/test';

test.use({ server: 'connect' });

interface Number {
  phone_number_id: string;
  code: string;
}

/** A number that is in the account and was never used. */
async function newNumber(charla: Charla, address: string, name: string): Promise<string> {
  const number = { display_phone_number: address, verified_name: name, pin: '150954' };
  const made = await charla.control<Number>('POST', 'numbers', number);
  return made.phone_number_id;
}

async function codeOf(charla: Charla, id: string): Promise<string> {
  const { numbers } = await charla.control<{ numbers: Number[] }>('GET', 'numbers');
  const found = numbers.find(({ phone_number_id }) => phone_number_id === id);
  if (!found) throw new Error(`no number ${id}`);
  return found.code;
}

const tokenWith = async (charla: Charla, scopes?: string[]) =>
  (await charla.control<{ access_token: string }>('POST', 'tokens', scopes ? { scopes } : {})).access_token;

/** Types into a field and presses the button; then the field says this. */
async function refuses(
  page: Page,
  field: string,
  value: string,
  button: string,
  says: RegExp,
): Promise<void> {
  await page.getByLabel(field, { exact: true }).fill(value);
  await page.getByRole('button', { name: button, exact: true }).click();
  await expect(page.getByRole('alert').filter({ hasText: says })).toBeVisible();
}

test('the connect wizard leads through every error to green', async ({ charla, inbox, page }) => {
  const id = await newNumber(charla, '+34 960 00 12 36', 'Casa Turia Ventas');
  await inbox.open();
  await page.goto(`/w/${inbox.workspace}/settings/channels`);
  await page.getByRole('link', { name: 'Connect a number' }).click();
  await expect(page.getByRole('heading', { name: 'Connect a WhatsApp number' })).toBeVisible();

  await refuses(page, 'Access token', '', 'Check the token', /Paste the token/);
  await refuses(page, 'Access token', 'EAAwrong', 'Check the token', /Meta does not take this token/);
  const lacking = await tokenWith(charla, ['whatsapp_business_messaging']);
  await refuses(page, 'Access token', lacking, 'Check the token', /lacks a permission/);
  await page.getByLabel('Access token', { exact: true }).fill(await tokenWith(charla));
  await page.getByRole('button', { name: 'Check the token' }).click();

  await expect(page.getByText('Which number will your customers write to?')).toBeVisible();
  await page.getByRole('button', { name: /Business account/ }).click();
  await refuses(page, 'WhatsApp Business Account ID', 'abc', 'Continue', /digits only/);
  await refuses(page, 'WhatsApp Business Account ID', '123', 'Continue', /does not reach this account/);
  const { waba_id } = await charla.control<{ waba_id: string }>('GET', 'app');
  await page.getByLabel('WhatsApp Business Account ID').fill(waba_id);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();

  await expect(page.getByText('Already connected')).toBeVisible();
  await page.getByRole('radio', { name: /12 36/ }).check();
  await page.getByRole('button', { name: 'Choose this number' }).click();

  await page.getByRole('button', { name: 'Send the code' }).click();
  await expect(page.getByText(/Meta sent a 6-digit code/)).toBeVisible();
  await refuses(page, 'Code', '000000', 'Verify', /This is not the code/);
  await page.getByLabel('Code', { exact: true }).fill(await codeOf(charla, id));
  await page.getByRole('button', { name: 'Verify', exact: true }).click();

  await refuses(page, 'Two-step PIN', '12', 'Register', /six digits/);
  await refuses(page, 'Two-step PIN', '000000', 'Register', /not the number's PIN/);
  await page.reload();
  await page.getByLabel('Two-step PIN', { exact: true }).fill('150954');
  await page.getByRole('button', { name: 'Register', exact: true }).click();

  await refuses(page, 'Name in Charla', ' ', 'Connect and test', /Write a name/);
  await charla.control('PATCH', 'faults', { webhook_stop: true });
  await page.getByLabel('Name in Charla').fill('Ventas');
  await page.getByRole('button', { name: 'Connect and test', exact: true }).click();
  await expect(page.getByText('Self-test passed')).toBeVisible();
  await expect(page.getByText('Write to +34 960 00 12 36 from a phone')).toBeVisible();

  await charla.control('PATCH', 'faults', { webhook_stop: false });
  const customer = await charla.customer('Nora Nueva');
  await charla.control('POST', `customers/${customer.number}/messages`, {
    type: 'text',
    text: 'Hola',
    phone_number_id: id,
  });
  await expect(page.getByText('The first message has arrived. The number is connected.')).toBeVisible();
  await page.getByRole('button', { name: 'To the channel' }).click();
  await expect(page.getByRole('heading', { name: 'Ventas' })).toBeVisible();
  await expect(page.getByText('registered', { exact: false }).or(page.getByText('Can send'))).toBeVisible();
});

test('a shut way of webhooks says where it is shut, and is green once it is open', async ({
  charla,
  inbox,
  page,
}) => {
  await inbox.open();
  await page.goto(`/w/${inbox.workspace}/settings/channels`);
  await page
    .getByRole('link', { name: /^Casa Turia/ })
    .first()
    .click();
  await charla.control('PATCH', 'faults', { down: true });
  await page.getByRole('button', { name: 'Run the self-test' }).click();
  await expect(page.getByText('Self-test failed')).toBeVisible();
  await charla.control('PATCH', 'faults', { down: false });
  await page.getByRole('button', { name: 'Run the self-test' }).click();
  await expect(page.getByText('Self-test passed')).toBeVisible();
});

test('a picture of the number is chosen, looked at and shown to customers', async ({
  charla,
  inbox,
  page,
}) => {
  const { app_id, app_secret } = await charla.control<{ app_id: string; app_secret: string }>('GET', 'app');
  await inbox.open();
  const { origin } = new URL(page.url());
  await page.request.put(`/api/v1/workspaces/${inbox.workspace}/apps/default`, {
    data: { app_id, secret: app_secret },
    headers: { origin },
  });
  await page.goto(`/w/${inbox.workspace}/settings/channels`);
  await page
    .getByRole('link', { name: /^Casa Turia/ })
    .first()
    .click();
  const card = page.getByRole('region', { name: /^Business profile/ });
  const choose = card.locator('input[type=file]');
  await choose.setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') });
  await expect(card.getByText('This is no JPEG or PNG.')).toBeVisible();
  await choose.setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: png(640, 400) });
  await expect(card.getByRole('img', { name: 'The picture, cut to a square' })).toBeVisible();
  await card.getByRole('button', { name: 'Show to customers' }).click();
  await expect(card.getByRole('button', { name: 'Choose a picture' })).toBeVisible();
  await page.reload();
  await expect(card.getByText('Customers see a picture.')).toBeVisible();
});

test.describe('by Embedded Signup', () => {
  test.use({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });

  test('a number is chosen in the window of Meta, in Spanish on a phone', async ({
    charla,
    page,
    browser,
  }) => {
    void browser;
    const { app_id, app_secret } = await charla.control<{ app_id: string; app_secret: string }>('GET', 'app');
    await newNumber(charla, '+34 960 00 12 37', 'Casa Turia Repartos');
    await page.goto('/');
    await page.waitForURL(/\/w\/[^/]+\/inbox\//);
    const { origin } = new URL(page.url());
    const ws = /\/w\/([^/]+)/.exec(page.url())?.[1] ?? '';
    await page.request.patch('/api/v1/me', {
      data: { locale: 'es', preferences: { language: 'chosen' } },
      headers: { origin },
    });
    const policyOf = async (place: string) =>
      (await page.request.get(`/w/${ws}/${place}`)).headers()['content-security-policy'] ?? '';
    const strict = await policyOf('settings/channels');
    expect(await policyOf('connect'), 'without an app for it nothing of Meta may load').toBe(strict);
    await page.request.put(`/api/v1/workspaces/${ws}/apps/default`, {
      data: { app_id, secret: app_secret, config_id: '77' },
      headers: { origin },
    });
    expect(await policyOf('connect')).toMatch(/script-src 'self' http\S+; .*frame-src http/);
    expect(await policyOf('settings/channels'), 'and nowhere else').toBe(strict);
    await page.goto(`/w/${ws}/connect`);
    await page.getByText('Iniciar sesión con Meta').click();

    const open = async () => {
      const popup = page.waitForEvent('popup');
      await page.getByRole('button', { name: 'Abrir la ventana de Meta' }).click();
      return popup;
    };
    await (await open()).getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByText(/se cerró antes de terminar/)).toBeVisible();
    await (await open()).getByRole('button', { name: 'Report an error' }).click();
    await expect(page.getByText(/informó de un error/)).toBeVisible();
    const window = await open();
    await window.getByRole('radio', { name: /12 37/ }).check();
    await window.getByRole('button', { name: 'Finish' }).click();
    await expect(page.getByText('Verifica que es tuyo')).toBeVisible();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, 'nothing is wider than the phone').toBeLessThanOrEqual(390);
  });
});
