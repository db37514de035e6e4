import { expect, it } from 'vitest';
import { chatLink, qrCode } from './chat-link';

it.each([
  ['+34 960 00 12 34', '', 'https://wa.me/34960001234'],
  [
    '+34 960 00 12 34',
    ' Hola, ¿qué tal? ',
    'https://wa.me/34960001234?text=Hola%2C%20%C2%BFqu%C3%A9%20tal%3F',
  ],
])('a link to %s with the words "%s"', (address, words, link) => {
  expect(chatLink(address, words)).toBe(link);
});

it('a QR code is squares inside its size', async () => {
  const { size, path } = await qrCode(chatLink('+34 960 00 12 34', 'Hola'));
  expect(size).toBeGreaterThan(20);
  expect(path).toMatch(/^(M\d+ \d+h1v1h-1z)+$/);
});
