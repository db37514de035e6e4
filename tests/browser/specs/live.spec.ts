import type { WebSocketRoute } from '@playwright/test';
import { expect, test } from '../support/test';

const MISSED = 1_000;

test('after 1,000 missed events one catch-up comes over the socket and no list is loaded anew', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const frames: { type: string; entries?: { text: string | null }[] }[] = [];
  let cut = false;
  const sockets: WebSocketRoute[] = [];
  await page.routeWebSocket(/\/live/, (socket) => {
    if (cut) return void socket.close();
    sockets.push(socket);
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      frames.push(JSON.parse(String(frame)) as (typeof frames)[number]);
      socket.send(frame);
    });
  });

  const customers = await Promise.all(
    Array.from({ length: 20 }, (_, number) => charla.customer(`Ola ${String(number).padStart(2, '0')}`)),
  );
  for (const customer of customers) await customer.writes('First');
  await expect.poll(() => charla.delivered()).toBe(true);
  await inbox.open();
  await inbox.applied();
  // Only a list that was loaded after everybody had written knows all of them.
  await page.reload();
  await inbox.choose('Ola 07');

  cut = true;
  for (const socket of sockets) await socket.close();
  await expect(page.getByText(inbox.words.reconnecting).first()).toBeVisible();

  const requests: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/'))
      requests.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  await Promise.all(
    customers.map((customer) =>
      customer.writes(
        ...Array.from({ length: MISSED / customers.length }, (_, number) => `Missed ${number + 1}`),
      ),
    ),
  );
  const last = `Missed ${MISSED / customers.length}`;
  await expect.poll(() => charla.delivered(), { timeout: 40_000 }).toBe(true);
  await inbox.applied();
  await expect(inbox.row('Ola 07')).not.toContainText('Missed');

  frames.length = 0;
  cut = false;
  await expect(inbox.row('Ola 07')).toContainText(last, { timeout: 40_000 });
  await expect(inbox.message(last)).toBeVisible();
  // What is on the screen now counts as read soon: a frame tells that.
  const [hello, caughtUp] = frames.filter(({ type }) => type !== 'health');
  expect([hello?.type, caughtUp?.type]).toEqual(['hello', 'changes']);
  const ends = caughtUp?.entries?.filter(({ text }) => text === last);
  expect(ends, 'the end of each conversation').toHaveLength(customers.length);
  expect(
    requests.filter((request) => /^GET .*\/conversations(\/[^/]+)?(\/thread)?$/.test(request)),
    'no list or thread was loaded anew',
  ).toEqual([]);
});
