import { png, silence } from '../support/files';
import { expect, test } from '../support/test';

test('a picture is shown small, opens large, and can be saved', async ({ charla, inbox }) => {
  const customer = await charla.customer('Marina Ejemplo');
  await customer.sends('image', 'image/png', png(900, 600), { caption: 'This leg is chipped' });
  await inbox.open();
  await inbox.choose(customer.name);
  const picture = inbox.message('This leg is chipped').getByRole('img', { name: 'Photo' });
  await expect(picture).toBeVisible();
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(640);
  await picture.click();
  const large = inbox.page.getByRole('dialog').getByRole('img');
  await expect.poll(() => large.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(900);
  const saving = inbox.page.waitForEvent('download');
  await inbox.page
    .getByRole('dialog')
    .getByRole('link', { name: /Download/ })
    .click();
  await (await saving).path();
  await inbox.page.keyboard.press('Escape');
  await expect(large).toBeHidden();
});

test('large pictures follow each other, say who sent them, and can be looked at closely', async ({
  charla,
  inbox,
}) => {
  const customer = await charla.customer('Mireia Ejemplo');
  for (const caption of ['The table', 'Its leg']) {
    await customer.sends('image', 'image/png', png(900, 600), { caption });
  }
  await inbox.open();
  await inbox.choose(customer.name);
  await inbox.message('The table').getByRole('button', { name: 'Open Photo' }).click();
  const dialog = inbox.page.getByRole('dialog');
  await expect(dialog).toContainText('Mireia Ejemplo');
  await expect(dialog).toContainText('1 of 2');
  const first = await dialog.getByRole('img').getAttribute('src');
  await expect(dialog.getByRole('button', { name: 'Previous picture' })).toBeDisabled();
  await inbox.page.keyboard.press('ArrowRight');
  await expect(dialog).toContainText('2 of 2');
  expect(await dialog.getByRole('img').getAttribute('src')).not.toBe(first);

  const zoom = dialog.getByRole('status');
  await inbox.page.keyboard.press('+');
  await expect(zoom).toHaveText('150%');
  await dialog.getByRole('button', { name: 'Zoom out' }).click();
  await expect(zoom).toHaveText('100%');
  const box = await dialog.getByRole('img').boundingBox();
  if (!box) throw new Error('no picture');
  await inbox.page.mouse.dblclick(box.x + box.width / 4, box.y + box.height / 4);
  await expect(zoom).toHaveText('250%');
  await inbox.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const before = await dialog.getByRole('img').boundingBox();
  await inbox.page.mouse.down();
  await inbox.page.mouse.move(box.x + box.width / 2 - 60, box.y + box.height / 2);
  await inbox.page.mouse.up();
  await expect
    .poll(async () => ((await dialog.getByRole('img').boundingBox())?.x ?? 0) - (before?.x ?? 0))
    .toBeCloseTo(-60, 0);
  const dragged = (await dialog.getByRole('img').boundingBox())?.x ?? 0;
  await inbox.page.keyboard.press('ArrowLeft');
  await expect
    .poll(async () => ((await dialog.getByRole('img').boundingBox())?.x ?? 0) - dragged, 'a key moves it too')
    .toBeGreaterThan(0);
  await expect(dialog).toContainText('2 of 2');
  await inbox.page.keyboard.press('0');
  await inbox.page.keyboard.press('ArrowLeft');
  await expect(dialog).toContainText('1 of 2');
  await expect(dialog.getByRole('button', { name: 'Previous picture' })).toBeDisabled();
  await expect(zoom, 'another picture is shown whole').toHaveText('100%');
});

test('a sound plays, faster when asked', async ({ charla, inbox }) => {
  const customer = await charla.customer('Nil Ejemplo');
  await customer.sends('audio', 'audio/mpeg', silence(4));
  await inbox.open();
  await inbox.choose(customer.name);
  await inbox.page.getByRole('button', { name: 'Speed: 1×' }).click();
  await inbox.page.getByRole('button', { name: 'Play' }).click();
  const audio = inbox.page.locator('audio');
  await expect.poll(() => audio.evaluate((a: HTMLAudioElement) => a.currentTime)).toBeGreaterThan(0);
  expect(await audio.evaluate((a: HTMLAudioElement) => a.playbackRate)).toBe(1.5);
});

test('a sound goes on and a picture stays open wherever their messages are scrolled to', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const customer = await charla.customer('Nora Ejemplo');
  const lines = Array.from({ length: 40 }, (_, n) => `Line ${n}\n${'and more\n'.repeat(8)}`);
  await customer.writes(...lines);
  await customer.sends('audio', 'audio/mpeg', silence(60));
  await inbox.open();
  await inbox.choose(customer.name);
  await page.getByRole('button', { name: 'Play' }).click();
  const audio = page.locator('audio');
  await expect(audio).toHaveJSProperty('paused', false);
  await page.getByRole('heading', { name: customer.name, level: 2 }).click();
  await inbox.log.evaluate((log) => (log.scrollTop = 0));
  await expect(inbox.message('Line 0')).toBeVisible();
  await expect(audio).toHaveJSProperty('paused', false);
  await audio.evaluate((a: HTMLAudioElement) => a.pause());
  await expect(audio, 'a sound that rests may go').toHaveCount(0);

  await page.getByRole('button', { name: /latest/i }).click();
  await customer.sends('image', 'image/png', png(900, 600));
  await inbox.log.getByRole('button', { name: 'Open Photo' }).click();
  const dialog = page.getByRole('dialog', { name: 'Photo' });
  await expect(dialog).toBeVisible();
  await customer.writes(...lines.slice(0, 20));
  await expect(inbox.log.locator('button.picture')).toHaveCount(0);
  await expect(dialog).toBeVisible();
});

test('a sound that did not come says so, and is loaded when asked again', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Noé Ejemplo');
  await customer.sends('audio', 'audio/mpeg', silence(4));
  const media = /\/media\/med_[^?]*$/;
  await page.route(media, (route) => route.abort());
  await inbox.open();
  await inbox.choose(customer.name);
  await expect(inbox.log.getByText('It could not be loaded.')).toBeVisible();
  await page.unroute(media);
  await inbox.log.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Play' }).click();
  const audio = page.locator('audio');
  await expect.poll(() => audio.evaluate((a: HTMLAudioElement) => a.currentTime)).toBeGreaterThan(0);
});

test('a document is saved under its name, and what is no picture is never shown as one', async ({
  charla,
  inbox,
}) => {
  const customer = await charla.customer('Olga Ejemplo');
  await customer.sends('document', 'application/pdf', Buffer.from('%PDF-1.7\n'), {
    filename: 'factura-CT-2841.pdf',
  });
  await inbox.open();
  await inbox.choose(customer.name);
  const saving = inbox.page.waitForEvent('download');
  await inbox.page.getByRole('link', { name: 'Download factura-CT-2841.pdf' }).click();
  expect((await saving).suggestedFilename()).toBe('factura-CT-2841.pdf');
  await customer.sends(
    'image',
    'image/png',
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
  );
  await expect(inbox.page.getByText('Not shown, for safety')).toBeVisible();
});

test('a file that WhatsApp does not hand out says so and can be asked for again', async ({
  charla,
  inbox,
}) => {
  const customer = await charla.customer('Pol Ejemplo');
  const gone = { type: 'image', payload: { id: '1', mime_type: 'image/jpeg', sha256: '' } };
  await charla.control('POST', `customers/${customer.number}/messages`, gone);
  await inbox.open();
  await inbox.choose(customer.name);
  await expect(inbox.page.getByText('WhatsApp does not hand it out')).toBeVisible();
  const asked = inbox.page.waitForResponse((response) => response.url().endsWith('/fetch'));
  await inbox.page.getByRole('button', { name: 'Try again' }).click();
  await asked;
  await expect(inbox.page.getByText('WhatsApp does not hand it out')).toBeVisible();
});

test('a picture that came cut short says so, and is saved as the picture it is', async ({
  charla,
  inbox,
}) => {
  const customer = await charla.customer('Queta Ejemplo');
  const whole = png(300, 200);
  await customer.sends('image', 'image/png', whole.subarray(0, whole.length / 2));
  await inbox.open();
  await inbox.choose(customer.name);
  await expect(inbox.page.getByText('It came damaged or cut short')).toBeVisible();
  const saving = inbox.page.waitForEvent('download');
  await inbox.page.getByRole('link', { name: 'Download Photo' }).click();
  expect((await saving).suggestedFilename()).toBe('file.png');
});

test('a picture that does not load says so, and is loaded when asked again', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Rosa Ejemplo');
  await customer.sends('image', 'image/png', png(900, 600));
  await inbox.open();
  await inbox.choose(customer.name);
  const large = /\/media\/med_[^?]*$/;
  await page.route(large, (route) => route.abort());
  await inbox.log.getByRole('button', { name: 'Open Photo' }).click();
  const dialog = page.getByRole('dialog', { name: 'Photo' });
  await expect(dialog.getByText('It could not be loaded.')).toBeVisible();
  await page.unroute(large);
  await dialog.getByRole('button', { name: 'Try again' }).click();
  const picture = dialog.getByRole('img', { name: 'Photo' });
  await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(900);
});

test('what is written stands there letter by letter', async ({ charla, inbox }) => {
  const customer = await charla.customer('Sara Ejemplo');
  await customer.writes('500 x50', '500 xa');
  await inbox.open();
  await inbox.choose(customer.name);
  const width = (text: string) =>
    inbox
      .message(text)
      .getByText(text, { exact: true })
      .evaluate((element) => {
        const written = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode() as Text;
        const letter = new Range();
        letter.setStart(written, written.data.indexOf('x'));
        letter.setEnd(written, written.data.indexOf('x') + 1);
        return letter.getBoundingClientRect().width;
      });
  await inbox.page.evaluate(() => document.fonts.ready);
  expect(await width('500 x50')).toBe(await width('500 xa'));
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test('a picture of one pixel can be tapped, and Back closes it and leaves the conversation', async ({
    charla,
    inbox,
  }) => {
    const { page } = inbox;
    const customer = await charla.customer('Tere Ejemplo');
    await customer.sends('image', 'image/png', png(1, 1));
    await inbox.open();
    await inbox.row(customer.name).tap();
    const picture = inbox.log.getByRole('button', { name: 'Open Photo' });
    const { width, height } = (await picture.boundingBox()) ?? { width: 0, height: 0 };
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(44);

    await picture.tap();
    const dialog = page.getByRole('dialog', { name: 'Photo' });
    await expect(dialog).toBeVisible();
    await page.goBack();
    await expect(dialog).toBeHidden();
    await expect(picture).toBeVisible();

    await picture.tap();
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await page.goBack();
    await expect(inbox.row(customer.name)).toBeVisible();
  });
});
