import { Program } from '../support/program';
import { test as base, expect, SIGNED_OUT } from '../support/test';

interface FirstLine {
  url: string;
  setup_code: string;
}

const test = base.extend<{ install: FirstLine }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from here
  install: async ({}, use) => {
    const program = await Program.start<FirstLine>('people', 'serve');
    await use(program.said);
    await program.stop();
  },
});

const EMAIL = 'marta@casaturia.example';
const PASSWORD = 'correct horse battery';

test('a new server is set up, its owner signs in, a colleague joins by link', async ({
  browser,
  install,
}) => {
  const context = await browser.newContext({ storageState: SIGNED_OUT, baseURL: install.url });
  const page = await context.newPage();

  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Set up this server' })).toBeVisible();
  await page.getByLabel('Set-up code').fill('XXXX-XXXX-XX');
  await page.getByLabel('Name', { exact: true }).fill('Marta Ibáñez');
  await page.getByLabel('Email').fill(EMAIL);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Name of the company').fill('Casa Turia');
  await page.getByRole('button', { name: 'Create workspace' }).click();
  await expect(page.getByText('This is not the code that the terminal shows.')).toBeVisible();
  await page.getByLabel('Set-up code').fill(install.setup_code);
  await page.getByRole('button', { name: 'Create workspace' }).click();
  await page.waitForURL(/\/w\/[^/]+\/inbox\//);
  const home = page.url();

  await page.goto(home.replace(/\/inbox\/.*/, '/settings/me'));
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Casa Turia' })).toBeVisible();
  await page.goto(home);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.getByLabel('Email').fill(EMAIL);
  await page.getByLabel('Password', { exact: true }).fill('wrong horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText(/tries left before a pause/)).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/w\/[^/]+\/inbox\//);

  await page.goto(home.replace(/\/inbox\/.*/, '/settings/team'));
  await page.getByRole('button', { name: 'Invite people' }).click();
  await page.getByRole('dialog').getByLabel('Email').fill('ana@casaturia.example');
  await page.getByRole('button', { name: 'Make the link' }).click();
  const link = await page.getByLabel('Link of the invitation').inputValue();

  const elsewhere = await browser.newContext({ storageState: SIGNED_OUT });
  const colleague = await elsewhere.newPage();
  await colleague.goto(link);
  await colleague.getByLabel('Your name').fill('Ana Roig');
  await colleague.getByLabel('Choose a password').fill('another horse battery');
  await colleague.getByRole('button', { name: 'Join Casa Turia' }).click();
  await colleague.waitForURL(/\/w\/[^/]+\/inbox\//);
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByText('Ana Roig').first(), 'she is shown without a reload').toBeVisible();

  await colleague.goto(link);
  await expect(colleague.getByText('This link has ended')).toBeVisible();
  await elsewhere.close();
  await context.close();
});
