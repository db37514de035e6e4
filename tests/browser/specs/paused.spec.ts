import { expect, test } from '../support/test';

test.use({ server: 'paused' });

test('a reply over a number that Meta refuses says why it waits, and an admin lets it try again', async ({
  charla,
  inbox,
  page,
}) => {
  const customer = await charla.customer('Paz Espera');
  await inbox.open();
  await customer.writes('Are you open?');
  await inbox.choose(customer.name);
  await charla.control('PATCH', 'faults', { token_revoked: true });
  await inbox.send('Until eight');

  const waiting = inbox.message('Until eight');
  await expect(waiting).toContainText('(waiting)');
  await expect(waiting).toContainText('cannot send now. Meta no longer accepts its access token.');
  await expect(waiting.getByRole('button', { name: inbox.words.undo }), 'it was tried once').toHaveCount(0);

  await inbox.send('And on Sunday until two');
  const untried = inbox.message('And on Sunday until two');
  await expect(untried).toContainText('cannot send now');
  await untried.getByRole('button', { name: inbox.words.undo }).click();
  await expect(inbox.composer).toHaveValue('And on Sunday until two');
  expect(await customer.received()).toEqual([]);

  await charla.control('PATCH', 'faults', { token_revoked: false });
  await page.locator('#composer').getByRole('link', { name: inbox.words.health }).click();
  await page.getByRole('button', { name: inbox.words.tryAgain }).click();
  await expect.poll(() => customer.received(), 'what waited goes out').toEqual(['Until eight']);
});

test('an admin pauses sending: what is written waits, and goes out when it is resumed', async ({
  charla,
  inbox,
  page,
}) => {
  const customer = await charla.customer('Quim Quieto');
  await inbox.open();
  await inbox.undoFor(0);
  await customer.writes('Are you open?');
  await inbox.choose(customer.name);
  const conversation = page.url();
  const channel = async () => {
    await page.goto(`/w/${inbox.workspace}/settings/channels`);
    await page
      .getByRole('link', { name: /^Casa Turia/ })
      .first()
      .click();
  };
  await channel();
  await page.getByRole('button', { name: 'Pause sending' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'An admin has paused it' })).toBeVisible();

  await page.goto(conversation);
  await expect(page.locator('#composer')).toContainText('cannot send now: An admin has paused it');
  await inbox.send('Until eight');
  await customer.writes('Hello?');
  await expect(inbox.message('Hello?'), 'customers come through').toBeVisible();
  await expect(inbox.message('Until eight')).toContainText('(waiting)');
  expect(await customer.received()).toEqual([]);

  await channel();
  await page.getByRole('button', { name: 'Resume sending' }).click();
  await expect.poll(() => customer.received(), 'what waited goes out').toEqual(['Until eight']);
});

test('the phone shows that an answer is being written', async ({ charla, inbox }) => {
  const customer = await charla.customer('Tomás Tecla');
  await inbox.open();
  await customer.writes('Are you open?');
  await inbox.choose(customer.name);
  await inbox.composer.pressSequentially('Unt');
  await expect.poll(() => customer.seesTyping()).toBe(true);
});

test('while Meta does not answer the thread says so, until it does', async ({ charla, inbox }) => {
  const customer = await charla.customer('Dora Demora');
  await inbox.open();
  await inbox.undoFor(0);
  await customer.writes('Are you open?');
  await inbox.choose(customer.name);
  await charla.control('PATCH', 'faults', { down: true });
  await inbox.send('Until eight');
  const away = inbox.page
    .locator('#composer')
    .getByText('Meta is not answering. Messages will go out when it does.');
  await expect(away).toBeVisible();
  await expect(inbox.message('Until eight')).toContainText('(waiting)');
  await charla.control('PATCH', 'faults', { down: false });
  await expect.poll(() => customer.received()).toEqual(['Until eight']);
  await expect(away).toBeHidden();
});
