import { expect, test } from '../support/test';

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

test('undo brings the text back and nothing leaves', async ({ charla, inbox }) => {
  const customer = await charla.customer('Rita Vuelta');
  await inbox.open();
  await customer.writes('Hello');
  await inbox.choose(customer.name);
  await inbox.send('Not like this');
  await inbox.message('Not like this').getByRole('button', { name: inbox.words.undo }).click();
  await expect(inbox.message('Not like this')).toHaveCount(0);
  await expect(inbox.composer).toHaveValue('Not like this');

  // What is sent after it arrives, so the undone one, which was due earlier, never will.
  await inbox.send('Like this');
  await expect.poll(() => customer.received()).toEqual(['Like this']);
});
