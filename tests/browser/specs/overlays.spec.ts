import type { Page, Route } from '@playwright/test';
import { expect, test } from '../support/test';

/** What the page asks the server to do with conversations from now on. */
function deeds(page: Page): string[] {
  const done: string[] = [];
  page.on('request', (request) => {
    const deed = /\/conversations\/[^/]+\/(assign|resolve|reopen|unread)$/.exec(request.url())?.[1];
    if (deed !== undefined) done.push(deed);
  });
  return done;
}

/** Lets a script of the page come only once `release` is called; `asked` when the page wants it. */
async function heldBack(page: Page, script: RegExp) {
  let release: () => void = () => undefined;
  const held = new Promise<void>((done) => (release = done));
  await page.route(script, async (route) => {
    await held;
    await route.continue();
  });
  return { asked: page.waitForRequest(script), release };
}

test('the palette narrows what is typed, its letters do not act, and it gives the focus back', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Paula Paleta');
  await customer.writes('Hello');
  await inbox.open('all');
  await inbox.choose(customer.name);
  await expect(inbox.message('Hello')).toBeVisible();
  await inbox.row(customer.name).focus();
  const done = deeds(page);

  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Run a command' });
  await expect(palette.getByRole('combobox')).toBeFocused();
  await expect(palette).toContainText(customer.name);
  await page.keyboard.type('private');
  await expect(palette.getByRole('option')).toHaveText(['Private note N']);
  await page.keyboard.press('Escape');
  await expect(palette).toBeHidden();
  await expect(inbox.row(customer.name)).toBeFocused();

  await page.keyboard.press('Control+k');
  await page.keyboard.type('private');
  await expect(palette.getByRole('option')).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: inbox.words.note })).toBeFocused();
  expect(done).toEqual([]);
});

test('keys belong to an overlay from the wish on, even while it is loading', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Lola Lenta');
  await customer.writes('Hello');
  const { asked, release } = await heldBack(page, /AssignMenu.*\.js/);
  await inbox.open('all');
  await inbox.choose(customer.name);
  await expect(inbox.message('Hello')).toBeVisible();
  const done = deeds(page);

  await page.keyboard.press('a');
  await page.keyboard.type('(me');
  await asked;
  release();
  const menu = page.getByRole('dialog', { name: 'Assign' });
  await expect(menu.getByRole('combobox')).toBeFocused();
  await expect(menu.getByRole('combobox')).toHaveValue('(me');
  await expect(menu.getByRole('option')).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(menu).toBeHidden();
  await expect(inbox.log).toContainText(/took this conversation/);
  expect(done).toEqual(['assign']);
  await expect(page.getByRole('button', { name: /^Change who has it/ })).toBeFocused();
});

test('Enter pressed while the palette is loading runs what the letters find', async ({ inbox }) => {
  const { page } = inbox;
  const { asked, release } = await heldBack(page, /Palette.*\.js/);
  await inbox.open('all');

  await page.keyboard.press('Control+k');
  await page.keyboard.press('Enter');
  await page.keyboard.type('unass');
  await page.keyboard.press('Enter');
  await page.keyboard.type('gr');
  await asked;
  release();
  await expect(page).toHaveURL(/\/inbox\/unassigned$/);
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('letters typed right after a key go into the palette it opens, whether it is loaded or not', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Sara Sprint');
  await customer.writes('Hello');
  const { asked, release } = await heldBack(page, /Palette.*\.js/);
  await inbox.open('all');
  await inbox.choose(customer.name);
  await expect(inbox.message('Hello')).toBeVisible();
  const palette = page.getByRole('dialog', { name: 'Run a command' });

  // The first time it is still being loaded, and the composer has the focus.
  await inbox.composer.focus();
  for (const typed of ['prisvs\b\b\bva', 'priva']) {
    await page.keyboard.press('Control+k');
    for (const key of typed) await page.keyboard.press(key === '\b' ? 'Backspace' : key);
    await asked;
    release();
    await expect(palette.getByRole('combobox')).toHaveValue('priva');
    await expect(palette.getByRole('option')).toHaveCount(1);
    await page.keyboard.press('Escape');
    await expect(palette).toBeHidden();
  }
  await expect(inbox.composer).toBeFocused();
  await expect(inbox.composer).toHaveValue('');
});

test('Esc calls off an overlay that is still loading', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Elsa Escape');
  await customer.writes('Hello');
  let release: () => void = () => undefined;
  const held = new Promise<void>((done) => (release = done));
  await page.route(/Palette.*\.js/, async (route) => {
    await held;
    await route.abort();
  });
  await inbox.open('all');
  await inbox.choose(customer.name);
  await expect(inbox.message('Hello')).toBeVisible();

  const asked = page.waitForRequest(/Palette.*\.js/);
  await page.keyboard.press('Control+k');
  await asked;
  await page.keyboard.press('Escape');
  await page.keyboard.press('a');
  const menu = page.getByRole('dialog', { name: 'Assign' });
  await expect(menu).toBeVisible();
  const failed = page.waitForEvent('requestfailed');
  release();
  await failed;
  await page.keyboard.press('Escape');
  await expect(menu).toBeHidden();
  expect(await page.getByText('Could not open it').count(), 'nobody waits for it').toBe(0);
});

test('the button of a menu opens and closes it, Esc too', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Mina Menú');
  await customer.writes('Hello');
  await page.setViewportSize({ width: 390, height: 844 });
  await inbox.open('all');
  await inbox.row(customer.name).click();
  const button = page.getByRole('button', { name: 'More', exact: true });
  const menu = page.getByRole('menu');

  await button.click();
  await expect(menu.getByRole('menuitem')).toHaveCount(3);
  await button.click();
  await expect(menu).toBeHidden();
  await button.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await expect(menu).toBeHidden();
  await expect(button).toBeFocused();

  // One overlay gives way to the next.
  await button.click();
  await menu.getByRole('menuitem', { name: 'Assign' }).click();
  await expect(menu).toBeHidden();
  await expect(page.getByRole('dialog', { name: 'Assign' }).getByRole('combobox')).toBeFocused();
});

test('on a narrow screen a dialog is a sheet at the bottom', async ({ inbox }) => {
  const { page } = inbox;
  await inbox.open('all');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet).toBeVisible();
  await expect
    .poll(async () => {
      const box = await sheet.boundingBox();
      return box && { left: box.x, width: box.width, bottom: box.y + box.height };
    })
    .toEqual({ left: 0, width: 390, bottom: 844 });
  await page.mouse.click(195, 10);
  await expect(sheet).toBeHidden();
});

test('what is typed while a thread loads is written, and is no command', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Rita Rápida');
  await customer.writes('Hello');
  await inbox.open('all');
  await inbox.applied();
  await expect(inbox.row(customer.name)).toBeVisible();
  const waiting: Route[] = [];
  await page.route(/\/thread\?/, (route) => void waiting.push(route));

  await inbox.choose(customer.name);
  await expect.poll(() => waiting.length).toBe(1);
  const done = deeds(page);
  await page.keyboard.press('n');
  await page.keyboard.type('jemu');
  await expect(inbox.row(customer.name)).toHaveAttribute('aria-selected', 'true');
  const note = page.getByRole('textbox', { name: inbox.words.note });
  await expect(note).toHaveValue('jemu');
  for (const route of waiting) await route.continue();
  await expect(inbox.message('Hello')).toBeVisible();
  await expect(note).toBeFocused();
  await expect(note).toHaveValue('jemu');
  await expect(inbox.row(customer.name)).toBeVisible();
  expect(done).toEqual([]);
});

test('a command is found by its name in either language', async ({ inbox }) => {
  const { page } = inbox;
  await inbox.open('all');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('sin asignar');
  await expect(page.getByRole('dialog').getByRole('option')).toHaveText(['Go to Unassigned GU']);
  await expect(page.getByRole('dialog').getByRole('status')).toHaveText('1 result');
});

test('what is no command in the palette is looked for among the conversations', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Hilda Hallada');
  await customer.writes('Hello');
  for (const from of ['mine', 'all'] as const) {
    await inbox.open(from);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('Hilda H');
    const palette = page.getByRole('dialog');
    await expect(palette.getByRole('option')).toHaveText(['Find “Hilda H” in the conversations']);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('searchbox')).toBeFocused();
    await expect(page.getByRole('searchbox')).toHaveValue('Hilda H');
    await expect(inbox.list.getByRole('option')).toHaveCount(1);
    await expect(page).toHaveURL(/\/inbox\/all$/);
  }
});
