import { expect, test } from '../support/test';

test('a tab of an older version says that Charla was updated, and goes on after a reload', async ({
  inbox,
  page,
}) => {
  await inbox.open();
  // What a server does that carries other pages by now: the old parts are gone, the first page names new ones.
  await page.route('**/assets/ContactsPage-*.js', (route) => route.fulfill({ status: 404 }));
  await page.route(
    (url) => url.pathname === '/',
    async (route) => {
      const answer = await route.fetch();
      const text = (await answer.text()).replace(/index-[\w-]+\.js/, 'index-newer.js');
      await route.fulfill({ response: answer, body: text });
    },
  );
  await page.getByRole('link', { name: 'Contacts' }).click();
  const notice = page.getByRole('status', { name: 'Notices' });
  await expect(notice).toContainText('Charla has been updated');
  await expect(page.getByText('Could not open it.')).toBeVisible();
  await page.unrouteAll();
  await notice.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByRole('heading', { name: 'Contacts' })).toBeVisible();
  await expect(notice).not.toContainText('Charla has been updated');
});

test('a page that could not be fetched is fetched by Retry', async ({ inbox, page }) => {
  await inbox.open();
  await page.route('**/assets/ContactsPage-*.js', (route) => route.abort());
  await page.getByRole('link', { name: 'Contacts' }).click();
  await expect(page.getByText('Could not open it.')).toBeVisible();
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('heading', { name: 'Contacts' })).toBeVisible();
});
