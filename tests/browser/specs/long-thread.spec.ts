import type { Locator } from '@playwright/test';
import type { Charla, Customer } from '../support/charla';
import { expect, test } from '../support/test';

const MESSAGES = 5_000;
const BATCH = 1_000;
const PAGE = 50;

// Few others write here: a conversation stands at the top of the list.
test.use({ server: 'long threads' });

interface Place {
  text: string;
  top: number;
}

test('a thread of 5,000 messages is scrolled to its start: few nodes, each page once, the place is kept', async ({
  charla,
  inbox,
}) => {
  test.setTimeout(300_000);
  const { page, log } = inbox;
  const customer = await charla.customer('Larga Historia');
  await writesLong(charla, customer);
  await inbox.open('all');
  await inbox.applied();
  await page.reload();

  const asked: string[] = [];
  let taken = 0;
  let older: string | null = '';
  let held: Place = { text: '', top: 0 };
  await page.route(/\/thread\?.*before=/, async (route) => {
    asked.push(route.request().url());
    held = await firstVisible(log);
    const answer = await route.fetch();
    ({ older } = (await answer.json()) as { older: string | null });
    await route.fulfill({ response: answer });
    taken += 1;
  });
  await inbox.choose(customer.name);
  await expect(inbox.message(`Message ${MESSAGES}.`)).toBeInViewport();

  let most = 0;
  while (older !== null) {
    const before = taken;
    await log.evaluate((element) => element.scrollTo(0, 0));
    await expect.poll(() => taken, { message: 'an older page came' }).toBeGreaterThan(before);
    await expect(page.getByText('Loading older messages')).toBeHidden();
    expect(Math.abs((await topOf(log, held.text)) - held.top), held.text).toBeLessThanOrEqual(2);
    most = Math.max(most, await page.evaluate(() => document.querySelectorAll('*').length));
  }
  await log.evaluate((element) => element.scrollTo(0, 0));
  await expect(inbox.message('Message 1.')).toBeInViewport();
  console.log(`at most ${most} nodes on the page, ${asked.length} older pages`);
  expect(most, 'nodes on the page').toBeLessThan(2_500);
  expect(asked.length).toBeGreaterThanOrEqual(MESSAGES / PAGE - 1);
  expect(new Set(asked).size, 'each page was asked for once').toBe(asked.length);

  const pages = asked.length;
  await page.getByRole('button', { name: 'To the latest' }).click();
  await expect(inbox.message(`Message ${MESSAGES}.`)).toBeInViewport();
  expect(asked, 'nothing is loaded twice').toHaveLength(pages);
});

test('a quoted message that is not loaded yet is looked for, shown and given the focus', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Cita Antigua');
  const quoted = await writesBatch(charla, customer, { from: 1, to: 400, last: 401 });
  await charla.control('POST', 'webhooks/raw', {
    value: await value(charla, customer, [
      { ...message(customer, 401, 401, 'About that first one'), context: { id: quoted } },
    ]),
  });
  await inbox.open('all');
  await inbox.applied();
  await page.reload();
  await inbox.choose(customer.name);

  await inbox
    .message('About that first one')
    .getByRole('button', { name: /Message 1\./ })
    .click();
  const first = inbox.message('Message 1.').filter({ hasNotText: 'About that' });
  await expect(first).toBeFocused({ timeout: 40_000 });
  await expect(first).toBeInViewport();

  // The arrows go on from there, and the message with the focus outlives any scrolling.
  await page.keyboard.press('ArrowDown');
  await expect(inbox.message('Message 2.')).toBeFocused();
  await inbox.log.evaluate((log) => log.scrollTo(0, log.scrollHeight));
  await expect(inbox.message('About that first one')).toBeInViewport();
  await page.keyboard.press('ArrowDown');
  await expect(inbox.message('Message 3.')).toBeFocused();
  await expect(inbox.message('Message 3.')).toBeInViewport();
});

test('a thread opens at the line of new messages, follows its end, and counts what comes below', async ({
  charla,
  inbox,
}) => {
  const { page, log } = inbox;
  const customer = await charla.customer('Nuria Novedades');
  await writesBatch(charla, customer, { from: 1, to: 200, last: 260 });
  await inbox.open('all');
  await inbox.applied();
  await page.reload();
  const read = page.waitForRequest((request) => request.url().endsWith('/read'));
  await inbox.choose(customer.name);
  await read;
  await expect(inbox.message('Message 200.')).toBeInViewport();

  // While the agent looks elsewhere, more comes than the screen holds.
  await inbox.choose('Lucía Ferrer');
  await writesBatch(charla, customer, { from: 201, to: 260, last: 260 });
  await inbox.applied();
  await page.reload();
  await inbox.choose(customer.name);
  await expect(log.getByText('New messages')).toBeInViewport();
  await expect(inbox.message('Message 201.')).toBeInViewport();
  await expect(inbox.message('Message 260.')).not.toBeInViewport();

  // Far from the end nothing moves; a button counts.
  await customer.writes('One more');
  await expect(inbox.row(customer.name)).toContainText('One more', { timeout: 40_000 });
  const jump = page.getByRole('button', { name: '1 new message', exact: true });
  await expect(jump).toBeVisible();
  await expect(inbox.message('Message 201.')).toBeInViewport();
  await jump.click();
  await expect(inbox.message('One more')).toBeInViewport();
  await expect(jump).toBeHidden();

  await customer.writes('And another');
  await expect(inbox.row(customer.name)).toContainText('And another', { timeout: 40_000 });
  await expect(inbox.message('And another')).toBeInViewport();
  await inbox.send('Mine');
  await expect(inbox.message('Mine')).toBeInViewport();
});

test('a scroll that is told after its conversation was left does no harm', async ({ charla, inbox }) => {
  const [first, second] = [await charla.customer('Lola Larga'), await charla.customer('Berta Breve')];
  for (const customer of [first, second]) await customer.writes('Hello');
  await inbox.open('all');
  await inbox.choose(first.name);
  await expect(inbox.message('Hello')).toBeVisible();
  const left = await inbox.log.elementHandle();
  await inbox.choose(second.name);
  await expect(inbox.log).toHaveAccessibleName(new RegExp(second.name));
  await left?.evaluate((log) => log.dispatchEvent(new Event('scroll')));
});

async function writesLong(charla: Charla, customer: Customer): Promise<void> {
  for (let from = 1; from <= MESSAGES; from += BATCH) {
    await writesBatch(charla, customer, { from, to: from + BATCH - 1, last: MESSAGES });
  }
}

/** Some of a customer's `last` messages, in one signed webhook; gives the id of the first. */
async function writesBatch(
  charla: Charla,
  customer: Customer,
  { from, to, last }: { from: number; to: number; last: number },
): Promise<string> {
  const messages = Array.from({ length: to - from + 1 }, (_, index) => {
    const number = from + index;
    const more = ' and so on'.repeat((number % 7) * (number % 5));
    return message(customer, number, last, `Message ${number}.${more}`);
  });
  await charla.control('POST', 'webhooks/raw', { value: await value(charla, customer, messages) });
  return `wamid.${customer.number}.${from}`;
}

/** They came a minute apart, the last one a minute ago: the demo's clock may be seconds behind ours. */
function message(customer: Customer, number: number, last: number, body: string) {
  return {
    from: customer.number,
    id: `wamid.${customer.number}.${number}`,
    timestamp: String(Math.floor(Date.now() / 1_000) - (last + 1 - number) * 60),
    type: 'text',
    text: { body },
  };
}

async function value(charla: Charla, { number, name }: Customer, messages: object[]): Promise<object> {
  const { numbers } = await charla.control<{
    numbers: { phone_number_id: string; display_phone_number: string }[];
  }>('GET', 'state');
  const [first] = numbers;
  if (first === undefined) throw new Error('the sandbox has no number');
  const { phone_number_id, display_phone_number } = first;
  return {
    messaging_product: 'whatsapp',
    metadata: { phone_number_id, display_phone_number },
    contacts: [{ profile: { name }, wa_id: number }],
    messages,
  };
}

/** The first bubble that is wholly visible, and how far it stands under the top of the log. */
function firstVisible(log: Locator): Promise<Place> {
  return settled(log, null);
}

async function topOf(log: Locator, text: string): Promise<number> {
  const { top } = await settled(log, text);
  return top;
}

/** Where a bubble stands once it has stood there for some frames: lines are measured as they are drawn. */
function settled(log: Locator, wanted: string | null): Promise<Place> {
  return log.evaluate(async (element, wanted) => {
    const look = (): Place | undefined => {
      const { top } = element.getBoundingClientRect();
      for (const bubble of element.querySelectorAll('article .bub')) {
        const text = bubble.querySelector('.text')?.textContent ?? '';
        const place = { text, top: bubble.getBoundingClientRect().top - top };
        const isFirst = place.top >= 0 && bubble.checkVisibility({ visibilityProperty: true });
        if (wanted === null ? isFirst : text === wanted) return place;
      }
      return undefined;
    };
    let place = look();
    for (let frames = 0; frames < 8 || !place; frames += 1) {
      await new Promise(requestAnimationFrame);
      const before = place;
      place = look();
      if (place?.text !== before?.text || place?.top !== before?.top) frames = 0;
    }
    return place;
  }, wanted);
}
