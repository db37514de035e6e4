import { expect, test } from '../support/test';

test.use({ server: 'window' });

test('the window is seen to close, to the second, and opens when the customer writes', async ({
  charla,
  inbox,
}) => {
  const customer = await charla.customer('Iris Ventana');
  await inbox.open();
  await customer.writes('Until tomorrow');
  await inbox.choose(customer.name);
  await expect(inbox.composer).toBeEditable();

  await charla.later({ hours: 21 });
  await expect(inbox.row(customer.name)).toHaveAccessibleName(/window closes in (2|3) hours/);

  await inbox.composer.fill('Half a sent');
  await charla.later({ hours: 3 });
  await expect(inbox.composer).toBeHidden();
  const panel = inbox.page.getByRole('region', { name: inbox.words.windowClosed });
  await expect(panel.getByRole('textbox')).toHaveValue('Half a sent');
  await expect(panel.getByRole('textbox')).toBeFocused();
  await expect(panel.getByRole('textbox')).not.toBeEditable();
  await expect(inbox.row(customer.name)).toHaveAccessibleName(/window closed/i);

  await customer.writes('Good morning');
  await expect(inbox.composer).toBeEditable();
  await expect(inbox.composer, 'the text is kept').toHaveValue('Half a sent');
  await expect(inbox.composer, 'and who was writing goes on').toBeFocused();
  expect(await customer.received(), 'nothing went into the closed window').toEqual([]);
});

test('what was being written when the window closes is kept, and the keys go on working', async ({
  charla,
  inbox,
}) => {
  const { page, words } = inbox;
  const customer = await charla.customer('Olga Nota');
  await inbox.open();
  await customer.writes('Until tomorrow');
  await inbox.choose(customer.name);
  await inbox.composer.fill('Tell her tomorrow');
  await charla.later({ hours: 24 });
  const panel = page.getByRole('region', { name: words.windowClosed });
  await expect(panel.getByRole('textbox')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(inbox.row(customer.name)).toBeFocused();

  await page.keyboard.press('r');
  await expect(panel.getByRole('textbox')).toBeFocused();
  await page.keyboard.press(']');
  await expect(page.getByRole('complementary', { name: 'Details' })).toBeHidden();
  await page.keyboard.press(']');
  await expect(panel.getByRole('textbox')).toHaveValue('Tell her tomorrow');

  await panel.getByRole('button', { name: 'Make it a private note' }).click();
  const note = page.getByRole('textbox', { name: words.note });
  await expect(note).toBeFocused();
  await expect(note).toHaveValue('Tell her tomorrow');
  await page.keyboard.press('Enter');
  await expect(inbox.message('Tell her tomorrow')).toBeVisible();
  await page.getByRole('button', { name: 'Reply', exact: true }).click();
  await expect(panel).toBeFocused();
  await expect(panel.getByRole('textbox')).toHaveCount(0);
});

test('a reply that waits when the window closes goes back to the draft', async ({ charla, inbox }) => {
  const customer = await charla.customer('Nil Borrador');
  await inbox.open();
  await customer.writes('Just in time?');
  await inbox.choose(customer.name);
  await inbox.send('Too late');
  await charla.later({ hours: 24 });
  await expect(inbox.page.getByText(/its text is a draft again/)).toBeVisible();
  expect(await customer.received()).toEqual([]);
});
