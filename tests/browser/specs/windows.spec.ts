import { expect, test } from '../support/test';

// It changes what the agent prefers, and signs out.
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

test('nothing of a customer stays on the page of somebody who was signed out elsewhere', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Sofía Secreta');
  await customer.writes('Hello');
  await inbox.open('all');
  await inbox.choose(customer.name);
  await expect(inbox.message('Hello')).toBeVisible();
  await customer.writes('My secret');
  const spoken = page.locator('[data-announcer=polite]');
  await expect(spoken).toContainText('My secret');
  const { origin } = new URL(page.url());
  await page.request.delete('/api/v1/session', { headers: { origin } });
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByText('My secret')).toHaveCount(0);
  await expect(spoken).toBeEmpty();
});
