import { expect, test } from '../support/test';

const KIB = 1024;

test('the inbox needs no more than 120 KiB of script to its first view', async ({ inbox }) => {
  const { page } = inbox;
  const scripts: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    if (request.resourceType() === 'script') {
      scripts.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    }
  });
  await page.goto('/');
  await expect(inbox.list).toBeVisible();
  const sizes = await Promise.all(scripts);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`script to the first view: ${(total / KIB).toFixed(1)} KiB in ${sizes.length} files`);
  expect(sizes.length, 'the page has scripts').toBeGreaterThan(0);
  expect(total).toBeLessThanOrEqual(120 * KIB);
});
