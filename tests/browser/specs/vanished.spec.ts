import type { Route } from '@playwright/test';
import { expect, test } from '../support/test';

test.use({ server: 'vanished' });

test('an open inbox survives that everything in it goes away', async ({ charla, inbox }) => {
  const customer = await charla.customer('Vera Vanida');
  await customer.writes('Hello');
  await inbox.open('all');
  await inbox.choose(customer.name);
  await expect(inbox.message('Hello')).toBeVisible();

  await inbox.composer.fill('half a sentence');

  await charla.control('POST', 'reset');
  await expect(inbox.page.getByText('This conversation is no longer here.')).toBeVisible();
  await expect(inbox.page.getByText('half a sentence'), 'it can still be copied').toBeVisible();
  await expect(inbox.row(customer.name)).toHaveCount(0);

  // The story is told anew; its conversations can be opened.
  await inbox.page.mouse.move(900, 400);
  await inbox.choose('Emily Carter');
  await expect(inbox.log.getByRole('article').first()).toBeVisible();
});

test('a conversation that could not be had is asked for again, and is not called gone', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Fina Fallo');
  await customer.writes('Hello');
  await inbox.open('all');
  await inbox.choose(customer.name);
  await expect(inbox.message('Hello')).toBeVisible();
  const address = page.url();
  const id = address.slice(address.lastIndexOf('/') + 1);
  const refuse = new RegExp(`/conversations(/${id}(/thread)?)?([?].*)?$`);
  await page.route(refuse, (route) => route.fulfill({ status: 503, json: { code: 'storage-unavailable' } }));
  await page.goto(address);
  await expect(page.getByText('Could not load this conversation.')).toBeVisible();
  await expect(page.getByText('This conversation is no longer here.')).toHaveCount(0);

  await page.unroute(refuse);
  await page.getByRole('main').getByRole('button', { name: 'Retry' }).click();
  await expect(inbox.message('Hello')).toBeVisible();
});

test('messages that could not be had come by themselves once they can, though the connection never broke', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Rita Reintento');
  await customer.writes('Hello');
  await inbox.open('all');
  let down = true;
  await page.route(/\/thread\?/, (route) =>
    down ? route.fulfill({ status: 503, json: { code: 'storage-unavailable' } }) : route.continue(),
  );
  await inbox.choose(customer.name);
  await expect(page.getByRole('main').getByRole('button', { name: 'Retry' })).toBeVisible();
  down = false;
  await expect(inbox.message('Hello')).toBeVisible();
});

test('a conversation that came with its news is not covered by an answer that failed', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Nora Noticia');
  await customer.writes('Hello');
  await inbox.open('all');
  await inbox.choose(customer.name);
  await expect(inbox.message('Hello')).toBeVisible();
  const address = page.url();
  const id = address.slice(address.lastIndexOf('/') + 1);

  // Only its first request is held; the list does not tell of it.
  const held: Route[] = [];
  await page.route(new RegExp(`/conversations/${id}$`), async (route) => {
    if (held.length === 0) held.push(route);
    else await route.fallback();
  });
  await page.route(/\/conversations\?/, (route) => route.fulfill({ json: { items: [], next: null } }));
  await page.goto(address);
  await expect.poll(() => held).toHaveLength(1);
  await customer.writes('Are you there?');
  await expect(inbox.message('Are you there?')).toBeVisible();
  await held[0]?.fulfill({ status: 503, json: { code: 'storage-unavailable' } });
  await customer.writes('Hello?');
  await expect(inbox.message('Hello?')).toBeVisible();
});

test('a very long text is shown in pieces, and stays as far open as it was', async ({
  page,
  charla,
  inbox,
}) => {
  const customer = await charla.customer('Lidia Larga');
  await customer.writes(['first line', ...Array<string>(100).fill('more'), 'last line'].join('\n'));
  await customer.writes(...Array.from({ length: 40 }, (_, n) => `short ${n}`));
  await inbox.open('all');
  await inbox.choose(customer.name);
  await expect(inbox.message('short 39')).toBeInViewport();
  const message = inbox.message('first line');
  // Lines that are measured on the way can stop a turn of the wheel short.
  const wheel = (down: number, then: () => Promise<void>) =>
    expect(async () => {
      await inbox.log.hover();
      await page.mouse.wheel(0, down);
      await then();
    }).toPass();
  const open = () => expect(message).toContainText('last line', { timeout: 1_000 });
  await wheel(-100_000, () => expect(message).toBeInViewport({ timeout: 1_000 }));
  await expect(message).not.toContainText('last line');
  await message.getByRole('button', { name: 'Show more' }).click();
  await wheel(-100_000, open);
  await expect(message.getByRole('button', { name: 'Show more' })).toHaveCount(0);
  await expect(message).toBeFocused();

  await inbox.composer.focus();
  await wheel(100_000, () => expect(message).toHaveCount(0, { timeout: 1_000 }));
  await wheel(-100_000, open);
});
