import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { png } from '../support/files';
import { expect, test } from '../support/test';
import type { Inbox } from '../support/inbox';

/** Opens a customer's page from the details beside their conversation. */
async function openContact(inbox: Inbox, name: string): Promise<void> {
  await inbox.open('all');
  await inbox.choose(name);
  await inbox.page.getByRole('complementary', { name: 'Details' }).getByRole('link', { name }).click();
  await expect(inbox.page.getByRole('heading', { level: 1, name })).toBeVisible();
}

test('two contacts become one by hand, and two again', async ({ charla, inbox }) => {
  const { page } = inbox;
  const vera = await charla.customer('Vera Unión');
  const pons = await charla.customer('Pons Unión');
  await vera.writes('From my phone');
  await pons.writes('From my other phone');
  await inbox.open('all');
  await expect(inbox.row(pons.name)).toBeVisible();
  await openContact(inbox, vera.name);
  await isAccessible(page);

  await page.getByRole('button', { name: 'Merge' }).click();
  const dialog = page.getByRole('dialog', { name: 'Merge two contacts' });
  await dialog.getByRole('searchbox', { name: 'Merge with' }).fill(pons.number.slice(-4));
  await dialog.getByRole('button', { name: pons.name }).click();
  await isAccessible(page);
  await dialog.getByRole('radio', { name: new RegExp(pons.name) }).check();
  await dialog.getByRole('button', { name: 'Merge contacts' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('heading', { level: 1, name: pons.name })).toBeVisible();
  const conversations = page.getByRole('region', { name: 'Conversations' });
  await expect(conversations.getByRole('link')).toHaveCount(2);
  await expect(page.getByRole('region', { name: 'Identities' })).toContainText(vera.number.slice(-3));

  const changes = page.getByRole('region', { name: 'Changes' });
  await conversations.getByRole('link', { name: /From my phone/ }).click();
  await expect(inbox.log).toContainText('into the contact');
  await page.goBack();
  await changes.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('heading', { level: 1, name: vera.name })).toBeVisible();
  await expect(conversations.getByRole('link')).toHaveCount(1);
  await expect(changes).toContainText('Undone by');
});

test('a contact is named and written about', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Nora Ficha');
  await customer.writes('Hello');
  await openContact(inbox, customer.name);

  await page.getByRole('button', { name: 'Change the name' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Señora Ficha');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Señora Ficha' })).toBeVisible();
  await expect(page.getByText(/Calls themselves .*Nora Ficha/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Change the name' })).toBeFocused();

  const attributes = page.getByRole('region', { name: 'Attributes' });
  await attributes.getByRole('button', { name: 'Add an attribute' }).click();
  await attributes.getByRole('textbox', { name: 'Attribute' }).fill('Floor');
  await attributes.getByRole('textbox', { name: 'Value' }).fill('4th, no lift');
  await page.keyboard.press('Enter');
  await expect(attributes.getByRole('definition')).toHaveText(['4th, no lift']);
  await attributes.getByRole('button', { name: 'Remove Floor' }).click();
  await expect(attributes).toContainText('No attributes yet');

  const notes = page.getByRole('region', { name: 'Notes' });
  await notes.getByRole('textbox', { name: 'New note' }).fill('Rings twice');
  await page.keyboard.press('Control+Enter');
  await expect(notes.getByRole('article')).toContainText('Rings twice');
  await page.reload();
  await expect(notes.getByRole('article')).toContainText('Rings twice');
  await notes.getByRole('button', { name: 'Remove this note' }).click();
  await expect(notes).toContainText('No notes yet');
});

test('what a colleague writes about a contact is seen without a reload, and its files are there', async ({
  browser,
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Fina Archivo');
  await customer.sends('document', 'application/pdf', Buffer.from('%PDF-1.7\n'), { filename: 'plano.pdf' });
  await customer.sends('image', 'image/png', png(90, 60));
  await openContact(inbox, customer.name);
  const files = page.getByRole('region', { name: 'Files' });
  await expect(files.getByRole('listitem')).toHaveText([/Photo.*PNG/, /plano\.pdf.*PDF/]);
  await files.getByRole('button', { name: 'Open Photo' }).click();
  await expect(page.getByRole('dialog', { name: 'Photo' }).getByRole('img')).toBeVisible();
  await page.keyboard.press('Escape');
  const saving = page.waitForEvent('download');
  await files.getByRole('link', { name: 'Download plano.pdf' }).click();
  expect((await saving).suggestedFilename()).toBe('plano.pdf');
  await isAccessible(page);

  const elsewhere = await browser.newContext();
  const colleague = await elsewhere.newPage();
  await colleague.goto(page.url());
  const notes = colleague.getByRole('region', { name: 'Notes' });
  await notes.getByRole('textbox', { name: 'New note' }).fill('Rings twice');
  await colleague.keyboard.press('Control+Enter');
  await expect(page.getByRole('region', { name: 'Notes' }).getByRole('article')).toContainText('Rings twice');
  await elsewhere.close();
});

test('two contacts that may be one are suggested with the reason, made one, parted, and not asked of again', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  // The number of one person in the two forms that it is written in.
  const rest = `55${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`;
  const before = await charla.customer('Gala Antes', `521${rest}`);
  const after = await charla.customer('Gala Ahora', `52${rest}`);
  await before.writes('From my old phone');
  await inbox.open('all');
  await expect(inbox.row(before.name)).toBeVisible();
  await after.writes('From my new phone');
  await openContact(inbox, after.name);
  const question = page.getByRole('region', { name: new RegExp(`^Same person.*${before.name}`) });
  await expect(question).toContainText('is another form of the same number');
  await question.getByRole('button', { name: 'Compare' }).click();
  const dialog = page.getByRole('dialog', { name: 'Merge two contacts' });
  await expect(dialog).toContainText('is another form of the same number');
  await dialog.getByRole('button', { name: 'Merge contacts' }).click();
  await expect(question).toBeHidden();
  const conversations = page.getByRole('region', { name: 'Conversations' });
  await expect(conversations.getByRole('link')).toHaveCount(2);

  await page.getByRole('region', { name: 'Changes' }).getByRole('button', { name: 'Undo' }).click();
  await expect(conversations.getByRole('link')).toHaveCount(1);
  await question.getByRole('button', { name: 'Not the same' }).click();
  await expect(question).toBeHidden();
  await page.reload();
  await expect(conversations.getByRole('link')).toHaveCount(1);
  await expect(question).toBeHidden();
});

test('a contact is found, and a conversation begun with a number that nobody wrote from', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Lola Lista');
  await customer.writes('Hello');
  await inbox.open('all');
  await expect(inbox.row(customer.name)).toBeVisible();
  await page
    .getByRole('region', { name: inbox.words.pane, exact: true })
    .getByRole('button', { name: 'New conversation' })
    .click();
  await expect(page.getByRole('dialog', { name: 'New conversation' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('new conv');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'New conversation' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await expect(page.getByRole('heading', { level: 1, name: 'Contacts' })).toBeVisible();
  await isAccessible(page);
  const find = page.getByRole('searchbox', { name: 'Find by name, number or username' });
  await page.keyboard.press('/');
  await expect(find).toBeFocused();
  await find.fill('lola li');
  await expect(page.getByRole('main').getByRole('link', { name: customer.name })).toBeVisible();
  await find.fill('nobody at all');
  await expect(page.getByText('No contact for "nobody at all"')).toBeVisible();

  await page.getByRole('button', { name: 'New conversation' }).click();
  const dialog = page.getByRole('dialog', { name: 'New conversation' });
  await dialog.getByRole('textbox', { name: 'Phone number' }).fill('+34 6');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toHaveText('The number is too short');
  await isAccessible(page);
  await dialog.getByRole('textbox', { name: 'Phone number' }).fill('+52 55 1234 5678');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Xóchitl');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Window closed' })).toContainText(
    'an approved template until',
  );
  await expect(inbox.row('Xóchitl')).toBeVisible();
});

test('somebody whose card a customer sent can be written to', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Clara Conocida');
  await customer.tells('contacts', [
    {
      name: { formatted_name: 'Ferran Fuster', first_name: 'Ferran' },
      phones: [{ phone: '+52 55 2345 6789', type: 'WORK' }],
    },
  ]);
  await inbox.open();
  await inbox.choose(customer.name);
  await inbox.log.getByRole('button', { name: 'Write to +52 55 2345 6789' }).click();
  const dialog = page.getByRole('dialog', { name: 'New conversation' });
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue('Ferran Fuster');
  await dialog.getByRole('textbox', { name: 'Phone number' }).press('Enter');
  await expect(inbox.row('Ferran Fuster')).toBeVisible();
});

test.describe('at 390 px, dark and in Spanish', () => {
  test.use({ viewport: { width: 390, height: 844 }, colorScheme: 'dark', locale: 'es-ES' });

  test('the contact is read without scrolling sideways', async ({ charla, inbox }) => {
    const { page } = inbox;
    const customer = await charla.customer('Mar Delgada');
    await customer.writes('Hola');
    await inbox.open('all');
    await page.getByRole('link', { name: 'Contactos' }).click();
    await fits(page);
    await isAccessible(page);
    await page.getByRole('main').getByRole('link', { name: customer.name }).click();
    await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
    await expect(page.getByRole('region', { name: 'Identidades' })).toContainText('España');
    await fits(page);
    await isAccessible(page);
  });
});

async function fits(page: Page): Promise<void> {
  const wider = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(wider).toBe(0);
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
