import type { Page } from '@playwright/test';
import { noise, PDF, png, WEBP } from '../support/files';
import type { Inbox } from '../support/inbox';
import { Phone } from '../support/phone';
import { expect, test } from '../support/test';

test.use({ server: 'files' });

const WORDS = {
  en: {
    attach: 'Attach files',
    files: 'Files of this reply',
    ready: 'ready',
    remove: /^Remove /,
    cancel: /^Cancel the upload of /,
    retry: 'Retry',
    photo: 'Photo',
    onceThere: 'Goes out as soon as its files are uploaded.',
    jpeg: 'Goes out as JPEG',
    smaller: 'Made smaller so that it fits',
    mov: 'clip.mov: WhatsApp takes MP4 and 3GP. Save it as MP4, or send a link.',
    long: /film.mp4 is 17 MB: WhatsApp takes videos up to 16\sMB/,
    noted: 'A private note takes no files.',
    drop: /^Attach to the reply to /,
    record: 'Record a voice note',
    stop: 'Stop and listen',
    discarded: 'Recording discarded',
    undo: 'Undo',
    blocked: /^The microphone is blocked/,
    voice: 'Voice note',
    play: 'Play',
    note: 'Private note',
  },
  es: {
    attach: 'Adjuntar archivos',
    files: 'Archivos de esta respuesta',
    ready: 'listo',
    remove: /^Quitar /,
    cancel: /^Cancelar la subida de /,
    retry: 'Reintentar',
    photo: 'Foto',
    onceThere: 'Sale en cuanto se suban sus archivos.',
    jpeg: 'Sale como JPEG',
    smaller: 'Reducida para que quepa',
    mov: 'clip.mov: WhatsApp admite MP4 y 3GP. Guárdalo como MP4 o envía un enlace.',
    long: /film.mp4 ocupa 17 MB: WhatsApp admite vídeos de hasta 16\sMB/,
    noted: 'Una nota privada no lleva archivos.',
    drop: /^Adjuntar a la respuesta a /,
    record: 'Grabar una nota de voz',
    stop: 'Parar y escuchar',
    discarded: 'Grabación descartada',
    undo: 'Deshacer',
    blocked: /^El micrófono está bloqueado/,
    voice: 'Nota de voz',
    play: 'Reproducir',
    note: 'Nota privada',
  },
} as const;

interface Chosen {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const photo: Chosen = { name: 'mesa.png', mimeType: 'image/png', buffer: png(900, 600) };
const invoice: Chosen = { name: 'factura.pdf', mimeType: 'application/pdf', buffer: PDF };

/** Attaches files as an agent does: by the button, and by choosing them. */
async function attach(inbox: Inbox, ...files: Chosen[]): Promise<void> {
  const choosing = inbox.page.waitForEvent('filechooser');
  await inbox.page.getByRole('button', { name: WORDS[inbox.language].attach }).click();
  await (await choosing).setFiles(files);
}

function tray(inbox: Inbox) {
  return inbox.page.getByRole('list', { name: WORDS[inbox.language].files });
}

function chip(inbox: Inbox, text: string | RegExp) {
  return tray(inbox).getByRole('listitem').filter({ hasText: text });
}

async function isReady(inbox: Inbox, text: string): Promise<void> {
  await expect(chip(inbox, text)).toContainText(WORDS[inbox.language].ready);
}

/** Uploads wait until the returned function is called. */
async function holdUploads(page: Page): Promise<() => void> {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/uploads?**', async (route) => {
    await held;
    // It may have been cancelled meanwhile.
    await route.continue().catch(() => undefined);
  });
  return release;
}

/** Drags files over a place on the page, and drops them there. Gives whether the page took notice. */
async function drop(page: Page, place: string, over: () => Promise<void>): Promise<boolean> {
  const data = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['%PDF-1.7\n'], 'plano.pdf', { type: 'application/pdf' }));
    return transfer;
  });
  await page.dispatchEvent(place, 'dragover', { dataTransfer: data });
  await over();
  const dropping = { place, data };
  return page.evaluate(({ place, data }) => {
    const event = new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
    return !document.querySelector(place)?.dispatchEvent(event);
  }, dropping);
}

for (const locale of ['en-GB', 'es-ES'] as const) {
  test.describe(locale, () => {
    test.use({ locale });

    test('files stay in the order in which they were attached, also over a reload', async ({
      charla,
      inbox,
    }) => {
      const customer = await charla.customer(`Ona Orden ${inbox.language}`);
      await customer.writes('Can you send all of it?');
      await inbox.open();
      await inbox.choose(customer.name);
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      await inbox.page.route('**/uploads?name=mesa**', async (route) => {
        await held;
        await route.continue();
      });
      await attach(inbox, photo, invoice);
      await isReady(inbox, 'factura.pdf');
      release();
      await isReady(inbox, 'mesa.png');
      await inbox.page.reload();
      await expect(tray(inbox).getByRole('listitem')).toContainText(['mesa.png', 'factura.pdf']);
    });

    test('a picture and an invoice go out with a caption, and stand on the phone', async ({
      charla,
      inbox,
      browser,
    }) => {
      const customer = await charla.customer(`Inés Foto ${inbox.language}`);
      await customer.writes('Can you show me?');
      await inbox.open();
      await inbox.choose(customer.name);
      await attach(inbox, photo, invoice);
      await isReady(inbox, 'mesa.png');
      await isReady(inbox, 'factura.pdf');
      await inbox.composer.fill('The table, and what it costs');
      await inbox.composer.press('Enter');
      const message = inbox.message('The table, and what it costs');
      await expect(message.getByRole('img', { name: 'mesa.png' })).toBeVisible();
      await expect(inbox.message('factura.pdf')).toBeVisible();
      await expect(tray(inbox)).toHaveCount(0);
      await expect(inbox.composer).toHaveValue('');

      await expect.poll(async () => (await customer.got()).length).toBe(2);
      expect(await customer.got()).toMatchObject([
        {
          type: 'image',
          payload: { caption: 'The table, and what it costs' },
          file: { mime_type: 'image/png' },
        },
        { type: 'document', payload: { filename: 'factura.pdf' }, file: { file_size: PDF.length } },
      ]);
      const elsewhere = await (await browser.newContext({ locale })).newPage();
      const phone = await Phone.open(elsewhere, charla.said.sandbox_url, inbox.language, customer);
      const shown = phone.message('The table, and what it costs').getByRole('img').first();
      await expect.poll(() => shown.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(900);
      await elsewhere.context().close();
    });

    test('what WhatsApp does not take is told before it is uploaded, and nothing that was typed is lost', async ({
      charla,
      inbox,
    }) => {
      const words = WORDS[inbox.language];
      const customer = await charla.customer(`Quim Largo ${inbox.language}`);
      await customer.writes('Hello');
      await inbox.open();
      await inbox.choose(customer.name);
      const uploads: string[] = [];
      inbox.page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().includes('/uploads')) uploads.push(request.url());
      });
      await inbox.composer.fill('It is on its way');
      await attach(
        inbox,
        { name: 'clip.mov', mimeType: 'video/quicktime', buffer: Buffer.from('....ftypqt  ') },
        { name: 'film.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(17_000_000) },
      );
      await expect(chip(inbox, words.mov)).toBeVisible();
      await expect(chip(inbox, words.long)).toBeVisible();
      expect(uploads).toEqual([]);
      await expect(inbox.composer).toHaveValue('It is on its way');
      for (const left of [1, 0]) {
        await tray(inbox).getByRole('button', { name: words.remove }).first().click();
        await expect(tray(inbox).getByRole('listitem')).toHaveCount(left);
      }
      await expect(inbox.composer).toBeFocused();
      await inbox.composer.press('Enter');
      await expect.poll(() => customer.received()).toEqual(['It is on its way']);
    });

    test('a voice note is recorded, listened to and heard on the phone', async ({
      charla,
      inbox,
      context,
    }) => {
      const words = WORDS[inbox.language];
      await context.grantPermissions(['microphone']);
      const customer = await charla.customer(`Vega Voz ${inbox.language}`);
      await customer.writes('Call me?');
      await inbox.open();
      await inbox.choose(customer.name);
      await inbox.page.getByRole('button', { name: words.record }).click();
      await expect(inbox.page.getByRole('timer')).toHaveText(/^0:0[2-9]$/);
      await inbox.page.getByRole('button', { name: words.stop }).click();
      await tray(inbox).getByRole('button', { name: words.play }).click();
      const heard = tray(inbox).locator('audio');
      await expect
        .poll(() => heard.evaluate((audio: HTMLAudioElement) => audio.currentTime))
        .toBeGreaterThan(0);
      await inbox.page.getByRole('button', { name: inbox.words.send }).click();
      await expect(inbox.log.getByRole('button', { name: words.play })).toBeVisible();
      await expect.poll(async () => (await customer.got()).length).toBe(1);
      expect(await customer.got()).toMatchObject([
        { type: 'audio', payload: { voice: true }, file: { mime_type: 'audio/ogg' } },
      ]);
    });
  });
}

test('pictures that WhatsApp does not take are made into some that it takes', async ({ charla, inbox }) => {
  const words = WORDS.en;
  const customer = await charla.customer('Lola Formato');
  await customer.writes('Hello');
  await inbox.open();
  await inbox.choose(customer.name);
  const large = noise(1_400, 1_300);
  expect(large.length).toBeGreaterThan(5_242_880);
  await attach(
    inbox,
    { name: 'sofa.webp', mimeType: 'image/webp', buffer: WEBP },
    { name: 'large.png', mimeType: 'image/png', buffer: large },
    // What it really is counts.
    { name: 'captura.jpg', mimeType: 'image/jpeg', buffer: png(40, 30) },
  );
  await expect(chip(inbox, 'sofa.jpg')).toContainText(words.jpeg);
  await expect(chip(inbox, 'large.jpg')).toContainText(words.smaller);
  await isReady(inbox, 'captura.png');
  await isReady(inbox, 'sofa.jpg');
  await isReady(inbox, 'large.jpg');
  await inbox.composer.press('Enter');
  await expect.poll(async () => (await customer.got()).length).toBe(3);
  const types = (await customer.got()).map(({ file }) => file?.mime_type);
  expect(types).toEqual(['image/jpeg', 'image/jpeg', 'image/png']);
});

test('a picture is pasted, and a text with a picture of itself stays a text', async ({ charla, inbox }) => {
  const { page } = inbox;
  const customer = await charla.customer('Pía Pegada');
  await customer.writes('Hello');
  await inbox.open();
  await inbox.choose(customer.name);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(
    async (bytes) => {
      const picture = new Blob([new Uint8Array(bytes)], { type: 'image/png' });
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
    },
    [...png(40, 30)],
  );
  await inbox.composer.press('Control+v');
  await isReady(inbox, 'image.png');
  await page.evaluate(
    async (bytes) => {
      const picture = new Blob([new Uint8Array(bytes)], { type: 'image/png' });
      const text = new Blob(['two cells'], { type: 'text/plain' });
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture, 'text/plain': text })]);
    },
    [...png(40, 30)],
  );
  await inbox.composer.press('Control+v');
  await expect(inbox.composer).toHaveValue('two cells');
  await expect(tray(inbox).getByRole('listitem')).toHaveCount(1);
  await inbox.composer.press('Enter');
  await expect.poll(async () => (await customer.got()).map(({ type }) => type)).toEqual(['image']);
});

test('a file is dropped on the thread; dropped elsewhere it does not take the page away', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const words = WORDS.en;
  const customer = await charla.customer('Dino Suelta');
  await customer.writes('Hello');
  await inbox.open();
  await inbox.choose(customer.name);
  await expect(inbox.composer).toBeVisible();
  const target = page.getByText(words.drop);
  expect(
    await drop(page, '#list', () => expect(target).toBeVisible()),
    'the list keeps it from the page',
  ).toBe(true);
  await expect(target).toBeHidden();
  await expect(tray(inbox)).toHaveCount(0);
  expect(await drop(page, '#thread', () => expect(target).toBeVisible())).toBe(true);
  await isReady(inbox, 'plano.pdf');
  await expect(target).toBeHidden();

  // A note is for colleagues: what would go to the customer is not taken there.
  await page.getByRole('button', { name: words.note }).click();
  await drop(page, '#thread', () => expect(target).toBeVisible());
  await expect(page.getByRole('alert').filter({ hasText: words.noted })).toBeVisible();
  await expect(tray(inbox)).toHaveCount(0);
});

test('what shows files, or a dropped one, is loaded again once there is a connection', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const words = WORDS.en;
  const customer = await charla.customer('Nora Ausente');
  await customer.writes('Hello');
  await page.route(/(FileTray|DropZone)-.*/, (route) => route.abort());
  await inbox.open();
  await inbox.choose(customer.name);
  expect(await drop(page, '#messages', () => Promise.resolve()), 'the page stays').toBe(true);
  await attach(inbox, invoice);
  const failed = page.locator('#composer').getByRole('status').filter({ hasText: 'Could not open it.' });
  await page.unrouteAll({ behavior: 'wait' });
  await failed.getByRole('button', { name: words.retry }).click();
  await isReady(inbox, 'factura.pdf');
  await expect(tray(inbox), 'it is laid out').toHaveCSS('display', 'grid');
  await page.dispatchEvent('#messages', 'dragenter', {
    dataTransfer: await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['x'], 'plano.pdf'));
      return transfer;
    }),
  });
  const notice = page.getByText(words.drop);
  const dropped = drop(page, '#messages', () => expect(notice).toBeVisible());
  await expect.poll(() => dropped).toBe(true);
  await isReady(inbox, 'plano.pdf');
});

test('an upload is cancelled, one that failed is tried again, and a reload keeps what is there', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const words = WORDS.en;
  const customer = await charla.customer('Saúl Subida');
  await customer.writes('Hello');
  await inbox.open();
  await inbox.choose(customer.name);
  await inbox.composer.fill('Here it is');
  const release = await holdUploads(page);
  await attach(inbox, invoice);
  await tray(inbox).getByRole('button', { name: words.cancel }).click();
  await expect(tray(inbox)).toHaveCount(0);
  release();
  await page.unrouteAll({ behavior: 'wait' });

  await page.route('**/uploads?**', (route) => route.abort());
  await attach(inbox, invoice);
  await expect(chip(inbox, 'factura.pdf was not uploaded')).toBeVisible();
  await inbox.composer.press('Enter');
  await expect(inbox.composer).toHaveValue('Here it is');
  await page.unrouteAll({ behavior: 'wait' });
  await tray(inbox).getByRole('button', { name: words.retry }).click();
  await isReady(inbox, 'factura.pdf');

  await page.reload();
  await isReady(inbox, 'factura.pdf');
  await expect(inbox.row(customer.name)).toContainText(inbox.words.draft);
  await inbox.composer.press('Enter');
  await expect
    .poll(async () => (await customer.got()).map(({ payload }) => payload))
    .toMatchObject([{ filename: 'factura.pdf', caption: 'Here it is' }]);
});

test('a reply that is sent while its file is uploaded goes out by itself, whatever the agent looks at', async ({
  charla,
  inbox,
}) => {
  const { page } = inbox;
  const words = WORDS.en;
  const first = await charla.customer('Uma Primera');
  const second = await charla.customer('Uxía Segunda');
  await first.writes('Hello');
  await second.writes('Hello');
  await inbox.open();
  await inbox.choose(first.name);
  const release = await holdUploads(page);
  await attach(inbox, invoice);
  await inbox.composer.fill('Your invoice');
  await inbox.composer.press('Enter');
  await expect(page.getByText(words.onceThere)).toBeVisible();
  await inbox.composer.press('Escape');
  await expect(page.getByText(words.onceThere)).toBeHidden();
  await inbox.composer.press('Enter');
  await expect(page.getByText(words.onceThere)).toBeVisible();
  await inbox.choose(second.name);
  await expect(tray(inbox)).toHaveCount(0);
  release();
  await expect
    .poll(async () => (await first.got()).map(({ payload }) => payload))
    .toMatchObject([{ filename: 'factura.pdf', caption: 'Your invoice' }]);
  expect(await second.got()).toEqual([]);
});

test('a recording waits in its panel until it can be made a voice note', async ({
  charla,
  inbox,
  context,
}) => {
  const { page } = inbox;
  const words = WORDS.en;
  await context.grantPermissions(['microphone']);
  const customer = await charla.customer('Olmo Ogg');
  await customer.writes('Call me?');
  await page.route(/\/ogg-.*/, (route) => route.abort());
  await inbox.open();
  await inbox.choose(customer.name);
  await page.getByRole('button', { name: words.record }).click();
  await expect(page.getByRole('timer')).toHaveText(/^0:0[2-9]$/);
  await page.getByRole('button', { name: words.stop }).click();
  const waits = page.getByRole('group', { name: words.voice });
  await expect(waits).toContainText('The recording waits here');
  await page.unrouteAll({ behavior: 'wait' });
  await waits.getByRole('button', { name: words.retry }).click();
  await expect(tray(inbox).getByRole('button', { name: words.play })).toBeVisible();
  await expect(waits).toHaveCount(0);
});

test('without leave to use the microphone it says what to do, and a discarded recording can be had back', async ({
  charla,
  inbox,
  context,
}) => {
  const { page } = inbox;
  const words = WORDS.en;
  const customer = await charla.customer('Mudo Micro');
  await customer.writes('Hello');
  await inbox.open();
  await inbox.choose(customer.name);
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('combobox').fill(words.record);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert').filter({ hasText: words.blocked })).toBeVisible();
  await context.grantPermissions(['microphone']);
  await page.getByRole('button', { name: words.retry }).click();
  await expect(page.getByRole('timer')).toHaveText(/^0:0[1-9]$/);
  await expect(page.getByRole('button', { name: words.stop })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(inbox.composer).toBeFocused();
  await expect(tray(inbox)).toHaveCount(0);
  await expect(page.getByText(words.discarded)).toBeVisible();
  await page.getByRole('button', { name: words.undo }).click();
  await expect(tray(inbox).getByRole('button', { name: words.play })).toBeVisible();
});

test.describe('at 390 px', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test('files are attached and sent, and nothing asks for scrolling sideways', async ({ charla, inbox }) => {
    const { page } = inbox;
    const words = WORDS.en;
    const customer = await charla.customer('Mar Móvil');
    await customer.writes('Hello');
    await inbox.open();
    await inbox.row(customer.name).tap();
    await expect(page.getByRole('button', { name: words.record })).toBeVisible();
    await attach(inbox, photo, invoice);
    await isReady(inbox, 'mesa.png');
    await isReady(inbox, 'factura.pdf');
    const wider = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await wider()).toBe(0);
    await page.getByRole('button', { name: inbox.words.send }).tap();
    await expect
      .poll(async () => (await customer.got()).map(({ type }) => type))
      .toEqual(['image', 'document']);
  });
});

// The last one: it changes what the agent prefers.
test('undo brings the file and its caption back', async ({ charla, inbox }) => {
  const customer = await charla.customer('Rui Vuelve');
  await customer.writes('Hello');
  await inbox.open();
  await inbox.choose(customer.name);
  await inbox.undoFor(30);
  await attach(inbox, photo);
  await isReady(inbox, 'mesa.png');
  await inbox.composer.fill('Not this one');
  await inbox.composer.press('Enter');
  await inbox.message('Not this one').getByRole('button', { name: inbox.words.undo }).click();
  await isReady(inbox, 'mesa.png');
  await expect(inbox.composer).toHaveValue('Not this one');
  await expect(inbox.message('Not this one')).toHaveCount(0);
});
