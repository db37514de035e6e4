import { expect, test as base, type Locator, type Page } from '@playwright/test';
import AxeBuilder from '@axe-core/playwright';
import { Meta } from '../support/meta';

const VERA = '34600009901';
/** A photo of one pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGM4ceIEAAS4AlvjHPhLAAAAAElFTkSuQmCC',
  'base64',
);

const test = base.extend<object, { meta: Meta }>({
  meta: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures from the pattern
    async ({}, use) => {
      const meta = await Meta.start();
      await use(meta);
      await meta.stop();
    },
    { scope: 'worker' },
  ],
});

/** Vera's phone, on which she has just written a text. */
async function open(page: Page, meta: Meta, text: string): Promise<Locator> {
  await page.goto(meta.url);
  const phone = page.locator('section.phone').first();
  await phone.getByRole('textbox', { name: /^Write as / }).fill(text);
  await page.keyboard.press('Enter');
  await expect(bubble(phone, text)).toBeVisible();
  return phone;
}

function bubble(phone: Locator, text: string): Locator {
  return phone.getByRole('listitem').filter({ hasText: text }).last();
}

async function choose(message: Locator, action: string): Promise<void> {
  await message.hover();
  await message.getByRole('button', { name: 'Reply, react and more' }).click();
  await message.getByRole('button', { name: action, exact: true }).click();
}

test('a message is reacted to, answered, edited and deleted', async ({ page, meta }) => {
  const phone = await open(page, meta, 'Do you have tables?');
  const id = await meta.send(VERA, 'text', { body: 'Yes, the Albufera' });
  const answer = bubble(phone, 'Yes, the Albufera');
  await choose(answer, 'React with ❤️');
  await expect(answer.getByTitle('You: ❤️')).toBeVisible();
  await choose(answer, 'Take ❤️ back');
  await expect(answer.getByTitle('You: ❤️')).toBeHidden();
  expect(await meta.lastOf(VERA)).toMatchObject({ type: 'reaction', payload: { message_id: id } });

  await choose(answer, 'Reply');
  await page.keyboard.type('That one');
  await page.keyboard.press('Enter');
  const reply = bubble(phone, 'That one');
  await expect(reply.getByRole('button', { name: 'Yes, the Albufera' })).toBeVisible();
  expect(await meta.lastOf(VERA)).toMatchObject({ type: 'text', reply_to: id });

  await choose(reply, 'Edit');
  await phone.getByRole('textbox', { name: /^Write as / }).fill('The other one');
  await page.keyboard.press('Enter');
  const edited = bubble(phone, 'The other one');
  await expect(edited).toContainText('Edited');
  await choose(edited, 'Delete for everyone');
  await expect(bubble(phone, 'You deleted this message')).toBeVisible();
});

test('what the business asks is answered with a tap', async ({ page, meta }) => {
  const phone = await open(page, meta, 'When?');
  const reply = (id: string, title: string) => ({ type: 'reply', reply: { id, title } });
  const ask = (type: string, text: string, action: object) =>
    meta.send(VERA, 'interactive', { type, body: { text }, action });

  const buttons = await ask('button', 'Shall we assemble it?', {
    buttons: [reply('y', 'Please do'), reply('n', 'No')],
  });
  await phone.getByRole('button', { name: 'Please do' }).click();
  await expect(bubble(phone, 'Please do')).toContainText('Shall we assemble it?');
  expect(await meta.lastOf(VERA)).toMatchObject({
    reply_to: buttons,
    payload: { type: 'button_reply', button_reply: { id: 'y', title: 'Please do' } },
  });

  await ask('list', 'Which hour?', {
    button: 'See hours',
    sections: [{ rows: [{ id: '9', title: 'Nine' }] }],
  });
  await phone.getByRole('button', { name: 'See hours' }).click();
  await phone.getByRole('button', { name: 'Nine' }).click();
  await expect(bubble(phone, 'Nine')).toContainText('Which hour?');

  await ask('location_request_message', 'Where to?', { name: 'send_location' });
  await phone.getByRole('button', { name: 'Send location' }).click();
  await phone.getByLabel('Latitude').fill('95');
  await phone.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(phone.getByRole('alert')).toBeVisible();
  await phone.getByLabel('Latitude').fill('39.5');
  await phone.getByLabel('Name of the place').fill('Home of Vera');
  await phone.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(bubble(phone, 'Home of Vera')).toBeVisible();
});

test('files go both ways and are shown', async ({ page, meta }) => {
  const phone = await open(page, meta, 'Look');
  await phone.getByRole('textbox', { name: /^Write as / }).fill('How it looks now');
  for (const [name, filename] of [
    ['Photo, video or sticker', 'now.png'],
    ['Document', 'plan.png'],
  ] as const) {
    const choosing = page.waitForEvent('filechooser');
    await phone.getByRole('button', { name, exact: true }).click();
    await (await choosing).setFiles({ name: filename, mimeType: 'image/png', buffer: PNG });
    await expect.poll(async () => (await meta.lastOf(VERA))?.file).toMatchObject({ filename });
  }
  await expect(bubble(phone, 'How it looks now').getByRole('img')).toBeVisible();
  await expect(bubble(phone, 'plan.png').getByRole('link')).toBeVisible();

  const id = await meta.upload('image/png', new Uint8Array(PNG));
  await meta.send(VERA, 'image', { id, caption: 'The same in walnut' });
  const picture = bubble(phone, 'The same in walnut').getByRole('img', { name: 'Photo' });
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(1);
  await meta.send(VERA, 'document', { id, filename: 'invoice.png' });
  await expect(bubble(phone, 'invoice.png').getByRole('link')).toHaveAttribute('download', 'invoice.png');
});

for (const theme of ['light', 'dark'] as const) {
  test(`a narrow phone with messages to tap on has no fault of access, ${theme}`, async ({ page, meta }) => {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width: 390, height: 844 });
    const phone = await open(page, meta, 'Everything, please');
    await meta.send(VERA, 'location', { latitude: 39.5, longitude: -0.4, name: 'Casa Turia' });
    await meta.send(VERA, 'contacts', [
      { name: { formatted_name: 'Marta', first_name: 'Marta' }, phones: [{ phone: '+34 600 00 12 34' }] },
    ]);
    const action = {
      name: 'cta_url',
      parameters: { display_text: 'Open', url: 'https://casaturia.example/' },
    };
    await meta.send(VERA, 'interactive', { type: 'cta_url', body: { text: 'The last' }, action });
    const last = bubble(phone, 'The last');
    await expect(last.getByRole('link', { name: 'Open' })).toBeVisible();
    await last.hover();
    await last.getByRole('button', { name: 'Reply, react and more' }).click();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.target)])).toEqual([]);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wider).toBeLessThanOrEqual(0);
  });
}
