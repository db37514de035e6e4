import type { Locator } from '@playwright/test';
import type { Customer } from '../support/charla';
import { expect, test } from '../support/test';

const WORDS = {
  en: {
    quote: 'Answer this message (Q)',
    stop: 'Do not answer this message',
    react: 'React (+)',
    more: 'Buttons, lists, places, cards',
    buttons: 'Reply buttons',
    button: (n: number) => `Button ${n}`,
    add: 'Add a button',
    text: 'Text',
    send: 'Send',
    place: 'Send a place',
    spot: 'Coordinates or map link',
    noPlace: /^Coordinates such as/,
    placeName: 'Name (optional)',
    unfinished: /^Unfinished: /,
    startOver: 'Start over',
    card: 'Send a contact card',
    name: 'Name',
    number: 'Number',
    undo: 'Undo',
    empty: 'Write something here.',
    chosen: 'chosen by the customer',
    edited: 'Edited',
    deleted: 'Deleted by the customer',
    show: 'Show what it said',
  },
  es: {
    quote: 'Responder a este mensaje (Q)',
    stop: 'No responder a este mensaje',
    react: 'Reaccionar (+)',
    more: 'Botones, listas, ubicaciones, tarjetas',
    buttons: 'Botones de respuesta',
    button: (n: number) => `Botón ${n}`,
    add: 'Añadir un botón',
    text: 'Texto',
    send: 'Enviar',
    place: 'Enviar una ubicación',
    spot: 'Coordenadas o enlace del mapa',
    noPlace: /^Unas coordenadas como/,
    placeName: 'Nombre (opcional)',
    unfinished: /^Sin terminar: /,
    startOver: 'Empezar de nuevo',
    card: 'Enviar una tarjeta de contacto',
    name: 'Nombre',
    number: 'Número',
    undo: 'Deshacer',
    empty: 'Escribe algo aquí.',
    chosen: 'elegido por el cliente',
    edited: 'Editado',
    deleted: 'El cliente lo eliminó',
    show: 'Ver qué decía',
  },
} as const;

/** The id that the phone has for the message with this text. */
async function idOf(customer: Customer, text: string): Promise<string> {
  const found = (await customer.thread()).find((message) => message.text === text);
  if (!found) throw new Error(`${text} is not on the phone`);
  return found.id;
}

function act(message: Locator, name: string): Locator {
  return message.getByRole('button', { name, exact: true });
}

for (const locale of ['en-GB', 'es-ES'] as const) {
  test.describe(locale, () => {
    test.use({ locale });

    test('an answer to one message quotes it, and leads back to it', async ({ charla, inbox }) => {
      const words = WORDS[inbox.language];
      const customer = await charla.customer(`Ivo Cita ${inbox.language}`);
      await customer.writes('Do you have it in *blue*?', 'And in red?');
      await inbox.open();
      await inbox.choose(customer.name);
      const asked = inbox.message('Do you have it in blue?').first();
      await expect(asked.locator('strong')).toHaveText('blue');

      await asked.hover();
      await act(asked, words.quote).click();
      const composer = inbox.page.locator('#composer');
      await expect(composer).toContainText('Do you have it in blue?');
      await expect(inbox.composer).toBeFocused();
      await inbox.composer.press('Escape');
      await expect(composer).not.toContainText('Do you have it in blue?');
      await expect(inbox.composer).toBeFocused();

      await asked.focus();
      await inbox.page.keyboard.press('q');
      await expect(act(composer, words.stop)).toBeVisible();
      await inbox.send('In blue, yes');
      const answer = inbox.message('In blue, yes');
      await expect(answer).toContainText('Do you have it in blue?');
      await expect(act(composer, words.stop)).toHaveCount(0);
      await answer.getByRole('button', { name: /Do you have it in blue/ }).click();
      await expect(asked).toBeFocused();
    });

    test('reactions are chips at their message, both ways', async ({ charla, inbox }) => {
      const customer = await charla.customer(`Rita Gusto ${inbox.language}`);
      await customer.writes('It came today');
      await inbox.open();
      await inbox.choose(customer.name);
      await inbox.send('Glad to hear it');
      await expect.poll(() => customer.received()).toEqual(['Glad to hear it']);

      const ours = await idOf(customer, 'Glad to hear it');
      await customer.tells('reaction', { message_id: ours, emoji: '❤️' });
      const answer = inbox.message('Glad to hear it');
      await expect(answer.getByRole('img', { name: `${customer.name}: ❤️` })).toBeVisible();
      await expect(inbox.row(customer.name)).toContainText('❤️');
      await expect(inbox.log.getByRole('article')).toHaveCount(2);
      await customer.tells('reaction', { message_id: ours, emoji: '' });
      await expect(answer.getByRole('img', { name: /❤️/ })).toHaveCount(0);

      const came = inbox.message('It came today');
      await came.focus();
      await inbox.page.keyboard.press('+');
      await inbox.page.getByRole('menuitem', { name: '🎉' }).click();
      const chip = came.getByRole('button', { name: /: 🎉$/ });
      await expect(chip).toBeVisible();
      await chip.click();
      await inbox.page.getByRole('menuitem', { name: /🎉/ }).click();
      await expect(chip).toHaveCount(0);
    });

    test('a customer chooses from what an agent offers', async ({ charla, inbox }) => {
      const words = WORDS[inbox.language];
      const { page } = inbox;
      const customer = await charla.customer(`Nil Botón ${inbox.language}`);
      await customer.writes('When can you come?');
      await inbox.open();
      await inbox.choose(customer.name);
      await page.getByRole('button', { name: words.more }).click();
      await page.getByRole('menuitem', { name: words.buttons }).click();
      const dialog = page.getByRole('dialog', { name: words.buttons });
      await act(dialog, words.send).click();
      await expect(dialog.getByRole('alert')).toHaveCount(2);
      await dialog.getByRole('textbox', { name: words.text, exact: true }).fill('Which day?');
      await dialog.getByRole('textbox', { name: words.button(1) }).fill('Friday');
      await act(dialog, words.add).click();
      await expect(dialog.getByRole('alert')).toHaveText(words.empty);
      await dialog.getByRole('textbox', { name: words.button(2) }).fill('Monday');
      await act(dialog, words.send).click();
      await expect(dialog).toHaveCount(0);

      const offer = inbox.message('Which day?').first();
      await expect(offer).toContainText('Friday');
      await expect.poll(async () => (await customer.thread()).length).toBe(2);
      const sent = (await customer.thread()).at(-1);
      expect(sent?.type).toBe('interactive');
      const reply = { type: 'button_reply', button_reply: { id: '2', title: 'Monday' } };
      await customer.tells('interactive', reply, sent?.id);
      await expect(offer.locator('.choice.on')).toContainText(`Monday${words.chosen}`);
    });

    test('a place and a card reach the phone; taken back, they are written again', async ({
      charla,
      inbox,
    }) => {
      const words = WORDS[inbox.language];
      const { page } = inbox;
      const customer = await charla.customer(`Olga Sitio ${inbox.language}`);
      await customer.writes('Where are you?');
      await inbox.open();
      await inbox.choose(customer.name);
      const begin = async (kind: string) => {
        await page.getByRole('button', { name: words.more }).click();
        await page.getByRole('menuitem', { name: kind }).click();
        return page.getByRole('dialog', { name: kind });
      };
      const field = (dialog: Locator, name: string) => dialog.getByRole('textbox', { name, exact: true });

      const place = await begin(words.place);
      await field(place, words.spot).fill('around the corner');
      await act(place, words.send).click();
      await expect(place.getByRole('alert')).toHaveText(words.noPlace);
      await expect(field(place, words.spot)).toBeFocused();
      await field(place, words.spot).fill('https://www.google.com/maps/@39.4699,-0.3763,17z');
      await field(place, words.placeName).fill('Casa Turia');
      await act(place, words.send).click();
      await expect(place).toHaveCount(0);
      const sent = inbox.message('Casa Turia').first();
      await sent.getByRole('button', { name: words.undo }).click();
      await expect(field(place, words.spot)).toHaveValue('39.4699, -0.3763');
      await page.keyboard.press('Escape');
      await expect(place).toHaveCount(0);
      await page.reload();
      await page.getByRole('button', { name: words.unfinished }).click();
      await expect(field(place, words.placeName), 'neither Esc nor a reload loses it').toHaveValue(
        'Casa Turia',
      );
      await act(place, words.startOver).click();
      await expect(field(place, words.spot)).toHaveValue('');
      await page.keyboard.press('Escape');
      await expect(page.getByRole('button', { name: words.unfinished })).toHaveCount(0);

      await begin(words.place);
      await field(place, words.spot).fill('39.4699, -0.3763');
      await page.keyboard.press('Escape');
      await begin(words.place);
      await expect(field(place, words.spot), 'begun again it goes on').toHaveValue('39.4699, -0.3763');
      await act(place, words.send).click();
      const again = inbox.message('39.46990, -0.37630').first();
      await again.getByRole('button', { name: words.undo }).click();
      await expect(field(place, words.spot)).toHaveValue('39.4699, -0.3763');
      await field(place, words.placeName).fill('Casa Turia, patio');
      await act(place, words.send).click();

      const card = await begin(words.card);
      await act(card, words.send).click();
      await expect(card.getByRole('alert')).toHaveCount(2);
      await field(card, words.name).fill('Marta Soler');
      await field(card, words.number).fill('+34 600 000 001');
      await act(card, words.send).click();
      await expect(inbox.message('Marta Soler').first()).toContainText('+34 600 000 001');
      await expect
        .poll(async () => (await customer.thread()).map(({ type }) => type))
        .toEqual(['text', 'location', 'contacts']);
    });

    test('what a customer edits and deletes can still be read', async ({ charla, inbox }) => {
      const words = WORDS[inbox.language];
      const customer = await charla.customer(`Eda Cambio ${inbox.language}`);
      await customer.writes('The blu one', 'My card is 4000');
      const [blue, card] = (await customer.thread()).map(({ id }) => id);
      const message = { type: 'text', text: { body: 'The blue one' } };
      await customer.tells('edit', { original_message_id: blue, message });
      await customer.tells('revoke', { original_message_id: card });
      await inbox.open();
      await inbox.choose(customer.name);
      const edited = inbox.message('The blue one');
      await expect(edited).not.toContainText('The blu one');
      await act(edited, words.edited).click();
      await expect(edited).toContainText('The blu one');
      const gone = inbox.message(words.deleted);
      await expect(gone).not.toContainText('4000');
      await act(gone, words.show).click();
      await expect(gone).toContainText('My card is 4000');
      await expect(inbox.log.getByRole('article')).toHaveCount(2);
    });
  });
}
