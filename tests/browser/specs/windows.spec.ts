import { expect, test } from '../support/test';

// It changes what the agent prefers.
test.use({ server: 'windows' });

test('what is chosen in one window holds in the others', async ({ charla, inbox, context }) => {
  const { page } = inbox;
  const customer = await charla.customer('Vera Ventana');
  await customer.writes('Hello');
  await inbox.open('all');
  await inbox.choose(customer.name);
  await inbox.composer.fill('Half a sen');

  const other = await context.newPage();
  await other.goto(`/w/${inbox.workspace}/settings/me`);
  await other.getByText('Ctrl + Enter', { exact: true }).click();
  const send = page.getByRole('button', { name: inbox.words.send });
  await expect(send).toContainText('Ctrl');
  await inbox.composer.press('Enter');
  await expect(inbox.composer).toHaveValue('Half a sen\n');

  await page.goto(`/w/${inbox.workspace}/settings/me`);
  await page.getByText('Dark', { exact: true }).click();
  await expect(other.locator('html')).toHaveAttribute('data-theme', 'dark');
  await other.reload();
  await expect(other.getByRole('radio', { name: 'Ctrl + Enter' })).toBeChecked();
});
