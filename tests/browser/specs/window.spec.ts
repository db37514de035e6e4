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
  await inbox.page.keyboard.type('ence');
  await expect(panel.getByRole('textbox'), 'letters are text, not commands').toHaveValue('Half a sentence');
  await expect(inbox.row(customer.name)).toHaveAccessibleName(/window closed/i);

  await customer.writes('Good morning');
  await expect(inbox.composer).toBeEditable();
  await expect(inbox.composer, 'the text is kept').toHaveValue('Half a sentence');
  await expect(inbox.composer, 'and who was writing goes on').toBeFocused();
  expect(await customer.received(), 'nothing went into the closed window').toEqual([]);
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
