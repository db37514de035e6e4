import type { Locator } from '@playwright/test';
import { expect, test } from '../support/test';

// It changes what the agent prefers.
test.use({ server: 'newcomer' });

async function overlap(one: Locator, other: Locator): Promise<boolean> {
  const [a, b] = await Promise.all([one.boundingBox(), other.boundingBox()]);
  if (!a || !b) throw new Error('not on the screen');
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

test('the number of a view says what it counts', async ({ charla, inbox }) => {
  const { page } = inbox;
  const [read, unread] = [await charla.customer('Lea Leída'), await charla.customer('Nora Nueva')];
  for (const customer of [read, unread]) await customer.writes('Hello');
  await inbox.open('all');
  // The pointer over the list would hold back who writes later.
  for (const { name } of [read, unread]) await expect(inbox.row(name)).toBeVisible();
  for (const customer of [read, unread]) {
    await inbox.choose(customer.name);
    await page.keyboard.press('m');
    await expect(inbox.log).toContainText(/took this conversation/);
  }
  await page.keyboard.press('u');
  const views = page.getByRole('complementary', { name: 'Views' });
  await expect(views.getByRole('link', { name: /^Mine [1-9]\d* unread$/ })).toBeVisible();
  await expect(views.getByRole('link', { name: /^All \d+ open$/ })).toBeVisible();
  await views.getByRole('link', { name: /^Mine/ }).click();
  await expect(inbox.row(read.name)).toBeVisible();
  await expect(page.getByRole('region', { name: 'Conversations', exact: true })).toContainText(
    /Mine\s*\d+ unread/,
  );
});

test('what nobody has is offered to whoever answers it', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Olga Ofrecida');
  await inbox.open('unassigned');
  await customer.writes('Hello');
  await inbox.choose(customer.name);
  const composer = page.locator('#composer');
  await expect(composer).toContainText('Nobody has this conversation yet.');
  await composer.getByRole('button', { name: 'Assign to me' }).click();
  await expect(inbox.log).toContainText(/took this conversation/);
  await expect(inbox.composer).toBeFocused();
  await expect(composer).not.toContainText('Nobody has');
});

test('beside Undo stands the key that acts', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Zoe Zeta');
  await inbox.open('all');
  await customer.writes('Hello');
  await inbox.choose(customer.name);
  await inbox.undoFor(30);
  await inbox.send('A typo');
  const sent = inbox.message('A typo');
  const key = (sign: string) => sent.locator('kbd').filter({ hasText: sign });
  await expect(key('↑')).toBeVisible();
  await expect(key('Z')).toBeHidden();
  await page.keyboard.type('z');
  await expect(key('↑')).toBeHidden();
  await page.keyboard.press('Backspace');
  await page.keyboard.press('ArrowUp');
  await expect(inbox.composer).toHaveValue('A typo');
  await inbox.composer.press('Enter');
  await page.keyboard.press('Escape');
  await expect(key('Z')).toBeVisible();
  await page.keyboard.press('z');
  await expect(inbox.composer).toHaveValue('A typo');
});

test('a text that is too long says by how much', async ({ charla, inbox }) => {
  const customer = await charla.customer('Lara Larga');
  await inbox.open('all');
  await customer.writes('Hello');
  await inbox.choose(customer.name);
  await inbox.composer.fill('a'.repeat(4_096));
  const composer = inbox.page.locator('#composer');
  await expect(composer).toContainText('4,096 / 4,096');
  await expect(composer).not.toContainText('too many');
  await inbox.composer.press('a');
  await expect(composer).toContainText('4,097 / 4,096 · 1 character too many');
  const spoken = inbox.page.locator('[data-announcer=polite]');
  await expect(spoken).toHaveText('1 character too many');
  await inbox.composer.press('a');
  await expect(composer).toContainText('2 characters too many');
  await expect(spoken, 'it is said once').toHaveText('1 character too many');

  // On a narrow screen the count takes no room from the text.
  await inbox.page.setViewportSize({ width: 390, height: 844 });
  await expect(inbox.page.getByRole('button', { name: 'Back to the list' })).toBeVisible();
  const width = async () => (await inbox.composer.boundingBox())?.width;
  const long = await width();
  await inbox.composer.fill('short');
  expect(await width()).toBe(long);
  expect(long).toBeGreaterThan(240);
});

for (const [size, width] of [
  ['wide', 1440],
  ['narrow', 390],
] as const) {
  test(`toasts cover nothing that is written in: ${size}`, async ({ charla, inbox }) => {
    const { page } = inbox;
    const customer = await charla.customer(`Tona ${size}`);
    await inbox.open('all');
    await customer.writes('Hello');
    await page.setViewportSize({ width, height: 844 });
    await inbox.row(customer.name).click();
    await expect(inbox.composer).toBeVisible();
    // Loaded before there is a toast: that leaves by itself.
    const palette = page.getByRole('dialog', { name: 'Run a command' });
    await page.keyboard.press('Control+k');
    await expect(palette).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(palette).toBeHidden();
    await page.keyboard.press('m');
    const toast = page.getByRole('status', { name: 'Notices' }).getByText(/^Assigned to/);
    await expect(toast).toBeVisible();
    expect(await overlap(toast, page.locator('#composer'))).toBe(false);
    expect(await overlap(toast, inbox.message('Hello'))).toBe(false);
    await page.keyboard.press('Control+k');
    await expect(palette.getByRole('option').first()).toBeVisible();
    await expect.poll(() => overlap(toast, palette)).toBe(false);
  });
}

test('what is new while the pointer is over the list covers no row', async ({ charla, inbox }) => {
  const { page } = inbox;
  const [first, second] = [await charla.customer('Pura Primera'), await charla.customer('Sara Segunda')];
  await inbox.open('all');
  await first.writes('Hello');
  await inbox.row(first.name).hover();
  await second.writes('Hello');
  const news = page.getByRole('button', { name: '1 new' });
  await expect(news).toBeVisible();
  expect(await overlap(news, inbox.list)).toBe(false);
  await page.mouse.move(0, 0);
  await expect(news).toBeHidden();
  await expect(inbox.row(second.name)).toBeVisible();
});

test('the language in the settings is the one on the screen', async ({ inbox }) => {
  const { page } = inbox;
  await inbox.open('all');
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('link', { name: 'My settings' }).click();
  const language = page.getByRole('combobox', { name: 'Language', exact: true });
  await language.selectOption('es');
  const spanish = page.getByRole('combobox', { name: 'Idioma', exact: true });
  await expect(spanish).toHaveValue('es');
  await spanish.selectOption('browser');
  await expect(language).toHaveValue('browser');
  await expect(language.locator('option:checked')).toHaveText('As the browser: English');
});

test('a workspace that is none has a page that leads back', async ({ inbox }) => {
  const { page } = inbox;
  await inbox.open('all');
  const away = page.url().replace(/wsp_[^/]+/, `wsp_${'0'.repeat(32)}`);
  for (const url of [away, away.replace(/inbox.*/, 'settings/team')]) {
    await page.goto(url);
    await expect(page.getByText('This page does not exist.')).toBeVisible();
    await page.getByRole('link', { name: 'Go to the inbox' }).click();
    await expect(inbox.list).toBeVisible();
  }
});

test('a thread whose last message grows stays at its end', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Fina Fallida');
  await inbox.open('all');
  await customer.writes(...Array.from({ length: 30 }, (_, n) => `line ${n}`));
  await inbox.choose(customer.name);
  await expect(inbox.message('line 29')).toBeInViewport();
  await charla.control('PATCH', 'faults', { fail_next: { code: 131_026 } });
  await inbox.undoFor(0);
  await inbox.send('Will not arrive');
  const failed = inbox.message('Will not arrive');
  await expect(failed).toContainText('WhatsApp could not reach this person');
  await expect(failed.getByRole('button', { name: 'Copy' })).toBeInViewport({ ratio: 1 });
  await expect(page.getByRole('button', { name: 'To the latest' })).toHaveCount(0);
});

test('a web address in a message can be followed', async ({ charla, inbox }) => {
  const customer = await charla.customer('Elena Enlace');
  await inbox.open('all');
  await customer.writes('See https://turia.example/offer (or www.turia.example).');
  await inbox.choose(customer.name);
  const links = inbox.message('See https').getByRole('link');
  await expect(links).toHaveText(['https://turia.example/offer', 'www.turia.example']);
  await expect(links.first()).toHaveAttribute('target', '_blank');
  await expect(links.first()).toHaveAttribute('rel', 'noopener noreferrer');
  await expect(links.last()).toHaveAttribute('href', 'https://www.turia.example/');
});
