import { expect, test } from '../support/test';

test('a conversation is answered and resolved without the mouse', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Kim Teclas');
  await customer.writes('Where is my order?');
  await inbox.open('all');
  await expect(inbox.row(customer.name)).toBeVisible();

  await page.keyboard.press('/');
  await page.keyboard.type('Kim Tec');
  await expect(inbox.list.getByRole('option')).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(inbox.row(customer.name)).toHaveAttribute('aria-selected', 'true');

  await page.keyboard.press('m');
  await expect(inbox.log).toContainText(/took this conversation/);
  await page.keyboard.press('r');
  await expect(inbox.composer).toBeFocused();
  await page.keyboard.type('It left today.');
  await page.keyboard.press('Enter');
  await expect(inbox.message('It left today.')).toBeVisible();

  await page.keyboard.press('Escape');
  await page.keyboard.press('e');
  await expect(inbox.row(customer.name)).toHaveCount(0);
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(page).toHaveURL(/\/inbox\/resolved/);
  await expect(inbox.row(customer.name)).toBeVisible();
});

test('with nothing open R asks for nothing, and the keys go on working', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Nadie Abierto');
  await customer.writes('Hello');
  await inbox.open('all');
  await expect(inbox.row(customer.name)).toBeVisible();
  await page.keyboard.press('r');
  await page.keyboard.press('j');
  await expect(inbox.list.getByRole('option', { selected: true })).toHaveCount(1);
});

test('j and k walk the list, and letters in the composer stay letters', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customers = [await charla.customer('Uno Primero'), await charla.customer('Dos Segundo')];
  for (const customer of customers) await customer.writes('Hello');
  await inbox.open('all');
  for (const { name } of customers) await expect(inbox.row(name)).toBeVisible();

  // Two who wrote within the same second may stand in either order.
  const first = inbox.list.getByRole('option').nth(0);
  const second = inbox.list.getByRole('option').nth(1);
  for (const [key, row] of [
    ['j', first],
    ['j', second],
    ['k', first],
  ] as const) {
    await page.keyboard.press(key);
    await expect(row).toHaveAttribute('aria-selected', 'true');
  }

  const name = await first.locator('.nm').innerText();
  await expect(inbox.log).toHaveAccessibleName(`Messages with ${name}`);
  await page.keyboard.press('r');
  await expect(inbox.composer).toBeFocused();
  await page.keyboard.type('jke');
  await expect(inbox.composer).toHaveValue('jke');
  await expect(first).toHaveAttribute('aria-selected', 'true');
});

test('the keys that act anywhere act in the settings too', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Ajo Ajustes');
  await customer.writes('Hello');
  await inbox.open('all');
  await expect(inbox.row(customer.name)).toBeVisible();
  const heading = page.getByRole('heading', { level: 1 });

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(heading).toHaveText('Team');
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();

  await page.keyboard.press('F6');
  await expect(page.getByRole('navigation', { name: 'Settings' })).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('unass');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/inbox\/unassigned$/);

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(heading).toHaveText('Team');
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.type('Ajo');
  await expect(inbox.list.getByRole('option')).toHaveCount(1);
  await expect(page).toHaveURL(/\/inbox\/all$/);
});

test('send and resolve: the answer goes first, however long it takes', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Rosa Resuelta');
  await customer.writes('Thanks, that is all.');
  await inbox.open('all');
  await inbox.choose(customer.name);
  await expect(inbox.message('Thanks, that is all.')).toBeVisible();
  const posts: string[] = [];
  page.on('request', (request) => {
    const deed = /\/conversations\/[^/]+\/(messages|resolve)$/.exec(request.url())?.[1];
    if (deed !== undefined && request.method() === 'POST') posts.push(deed);
  });
  let release: () => void = () => undefined;
  const held = new Promise<void>((done) => (release = done));
  await page.route(/\/messages$/, async (route) => {
    await held;
    await route.continue();
  });

  // Under the pointer no row would move.
  await page.mouse.move(900, 400);
  await inbox.composer.fill('You are welcome.');
  await page.keyboard.press('Control+Shift+Enter');
  await expect(inbox.composer).toHaveValue('');
  await expect.poll(() => posts).toEqual(['messages']);
  release();
  await expect(page.getByText(/^Resolved #/)).toBeVisible();
  await expect(inbox.row(customer.name)).toHaveCount(0);
  expect(posts).toEqual(['messages', 'resolve']);
  await expect(inbox.log).toContainText(/Resolved by/);
});

test('the Enter that ends the composition of an input method does nothing else', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Imea Método');
  await customer.writes('Hello');
  await inbox.open('all');
  await inbox.applied();
  // Safari says only by the code of the key that the press is the input method's.
  const endOfComposition = { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true };
  const find = page.getByRole('searchbox');
  await find.fill('Imea');
  await expect(inbox.list.getByRole('option')).toHaveCount(1);
  await find.dispatchEvent('keydown', endOfComposition);
  await expect(find).toBeFocused();
  await expect(inbox.list.getByRole('option', { selected: true })).toHaveCount(0);
  await find.press('Enter');
  await expect(inbox.row(customer.name)).toHaveAttribute('aria-selected', 'true');

  await inbox.composer.fill('half written');
  await inbox.composer.dispatchEvent('keydown', endOfComposition);
  await expect(inbox.composer).toHaveValue('half written');
  await inbox.composer.press('Enter');
  await expect(inbox.message('half written')).toBeVisible();
});
