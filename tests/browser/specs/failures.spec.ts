import { expect, test } from '../support/test';

// It makes Meta refuse what others send as well.
test.use({ server: 'failures' });

test('a reply that failed says why and what to do, is sent again, and both tries are told', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Fabio Fallo');
  await inbox.open();
  await inbox.undoFor(0);
  await customer.writes('Are you open?');
  await inbox.choose(customer.name);
  await charla.control('PATCH', 'faults', { fail_next: { count: 1, code: 131048, when: 'async' } });
  await inbox.send('Until eight');
  const reply = inbox.message('Until eight');
  await expect(reply).toContainText(
    'Not delivered: WhatsApp is limiting this number because of spam reports.',
  );
  await expect(reply).toContainText('Write less for some days, and only to people who expect it.');

  await reply.getByRole('button', { name: 'Retry' }).click();
  await expect(reply).toContainText(inbox.words.unseen);
  await customer.reads();
  await expect(reply).toContainText(inbox.words.seen);
  await reply.locator('.at').click();
  const details = page.getByRole('dialog', { name: 'Message details' });
  const first = details.locator('section').filter({ hasText: 'Try 1 of 2' });
  await expect(first).toContainText('Accepted by Meta');
  await expect(first).toContainText('WhatsApp is limiting this number because of spam reports');
  const second = details.locator('section').filter({ hasText: 'Try 2 of 2' });
  await expect(second).toContainText('Accepted by Meta');
  await expect(second).not.toContainText('limiting');
});
