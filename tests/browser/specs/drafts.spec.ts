import { Inbox } from '../support/inbox';
import { expect, test } from '../support/test';

// It changes what the agent prefers, and moves the clock.
test.use({ server: 'drafts' });

test('a draft survives a reload and another browser', async ({ browser, charla, inbox }) => {
  const customer = await charla.customer('Dora Apunte');
  await inbox.open();
  await customer.writes('Hello');
  await inbox.choose(customer.name);
  const kept = inbox.page.waitForResponse((answer) => answer.url().includes('/drafts/reply') && answer.ok());
  await inbox.composer.fill('Half a thought');
  await kept;
  await expect(inbox.row(customer.name)).toContainText(inbox.words.draft);

  await inbox.page.reload();
  await expect(inbox.composer).toHaveValue('Half a thought');

  const elsewhere = await browser.newContext();
  const page = await elsewhere.newPage();
  await page.goto(inbox.page.url());
  await expect(page.getByRole('textbox', { name: inbox.words.writeTo })).toHaveValue('Half a thought');
  await elsewhere.close();
});

test('a note that was left half-written is a note again, and marked while a reply is written', async ({
  charla,
  inbox,
}) => {
  const customer = await charla.customer('Nora Media');
  await inbox.open();
  await customer.writes('Hello');
  await inbox.choose(customer.name);
  const { page, words } = inbox;
  const tab = page.getByRole('button', { name: words.note });
  const note = page.getByRole('textbox', { name: words.note });
  await tab.click();
  const kept = page.waitForResponse((answer) => answer.url().includes('/drafts/note') && answer.ok());
  await note.fill('She is angry');
  await kept;

  await page.reload();
  await expect(note).toHaveValue('She is angry');
  await page.getByRole('button', { name: 'Reply', exact: true }).click();
  await expect(tab).toHaveAccessibleName('Private note (draft)');
  await inbox.send('On its way');
  await tab.click();
  await note.press('Enter');
  await expect(inbox.message('She is angry')).toBeVisible();
  await expect(tab).toHaveAccessibleName('Private note');
  await charla.later({ minutes: 1 });
  await expect.poll(() => customer.received()).toEqual(['On its way']);
});

test('of two tabs the idle one follows, and the one that is typed in keeps its text', async ({
  charla,
  inbox,
}) => {
  const customer = await charla.customer('Dos Pestañas');
  await inbox.open();
  await customer.writes('Hello');
  await inbox.choose(customer.name);
  const second = new Inbox(await inbox.page.context().newPage(), inbox.language);
  await second.page.goto(inbox.page.url());
  await inbox.composer.fill('From the first');
  await expect(second.composer).toHaveValue('From the first');

  // What the second tab writes cannot be saved for now, while the first tab goes on writing.
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await second.page.route('**/drafts/reply', async (route) => {
    await held;
    await route.continue();
  });
  await second.composer.fill('From the second');
  const heard = second.page.waitForResponse(
    async (answer) =>
      answer.url().includes('/thread?limit=1') && (await answer.text()).includes('Newer in the first'),
  );
  await inbox.composer.fill('Newer in the first');
  await heard;
  release();
  await expect(inbox.composer).toHaveValue('From the second');
  await expect(second.composer).toHaveValue('From the second');
});

test('what is pasted from a slide can be sent, and the paste undone', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Pepa Pegada');
  await inbox.open();
  await customer.writes('Hello');
  await inbox.choose(customer.name);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => navigator.clipboard.writeText('Title\vSubtitle\u0007'));
  await inbox.composer.fill('> ');
  await inbox.composer.press('Control+v');
  await expect(inbox.composer).toHaveValue('> Title\nSubtitle');
  await inbox.composer.press('Control+z');
  await expect(inbox.composer).toHaveValue('> ');
  await inbox.composer.press('Control+v');
  await inbox.composer.press('Enter');
  await expect.poll(() => customer.received()).toEqual(['> Title\nSubtitle']);
});

test('undo brings the text back and nothing leaves', async ({ charla, inbox }) => {
  const customer = await charla.customer('Rita Vuelta');
  await inbox.open();
  await customer.writes('Hello');
  await inbox.choose(customer.name);
  await inbox.undoFor(30);
  await inbox.send('Not like this');
  await inbox.message('Not like this').getByRole('button', { name: inbox.words.undo }).click();
  await expect(inbox.message('Not like this')).toHaveCount(0);
  await expect(inbox.composer).toHaveValue('Not like this');

  // What is sent after it arrives, so the undone one, which was due earlier, never will.
  await inbox.send('Like this');
  await charla.later({ minutes: 1 });
  await expect.poll(() => customer.received()).toEqual(['Like this']);
});
