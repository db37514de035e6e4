import type { Locator, Route } from '@playwright/test';
import { expect, test } from '../support/test';

const CONVERSATIONS = 100_000;
const PAGE = 1_000;

type Conversation = Record<string, unknown>;

test('the list is scrolled through 100,000 conversations with a bounded number of nodes', async ({
  inbox,
}) => {
  const { page } = inbox;
  let model: Conversation | undefined;
  await page.route(/\/conversations\?/, async (route) => {
    const url = new URL(route.request().url());
    const from = Number(url.searchParams.get('before') ?? 0);
    model ??= await firstOf(route);
    const to = Math.min(from + PAGE, CONVERSATIONS);
    const like = model;
    const items = Array.from({ length: to - from }, (_, index) => conversation(like, from + index));
    await route.fulfill({ json: { items, next: to < CONVERSATIONS ? String(to) : null } });
  });

  await inbox.open('all');
  const rows = inbox.list.getByRole('option');
  await expect(rows.first()).toHaveAccessibleName(/^Customer 0\b/);

  let most = 0;
  let reached = 0;
  while (reached < CONVERSATIONS) {
    const before = reached;
    await inbox.list.evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await expect
      .poll(async () => (reached = await lastPosition(rows)), { message: 'the list goes on' })
      .toBeGreaterThan(before);
    most = Math.max(most, await page.evaluate(() => document.querySelectorAll('*').length));
    expect(await rows.count()).toBeLessThan(60);
  }
  expect(reached).toBe(CONVERSATIONS);
  expect(most, 'nodes on the page').toBeLessThan(3_000);
});

async function firstOf(route: Route): Promise<Conversation> {
  const { items } = (await (await route.fetch()).json()) as { items: Conversation[] };
  const [first] = items;
  if (first === undefined) throw new Error('the demo has no conversation to take as a model');
  return first;
}

function conversation(model: Conversation, index: number): Conversation {
  return {
    ...model,
    id: `cnv_${String(index).padStart(32, '0')}`,
    number: CONVERSATIONS - index,
    contact: { ...(model.contact as object), name: `Customer ${index}` },
    last_at: new Date(Date.UTC(2026, 0, 1) - index * 1_000).toISOString(),
  };
}

/** The position of the last row that exists, as a screen reader is told. */
async function lastPosition(rows: Locator): Promise<number> {
  return Number(await rows.last().getAttribute('aria-posinset'));
}
