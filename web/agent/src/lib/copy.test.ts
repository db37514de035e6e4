import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { copy } from './copy';
import { useLocale } from './i18n';
import { dismissAll, toasts } from './toasts.svelte';

beforeAll(() => useLocale('en'));

afterEach(() => {
  vi.unstubAllGlobals();
  dismissAll();
});

const told = () => toasts().map(({ text }) => text);

it('a text is put into the clipboard', async () => {
  const writeText = vi.fn(() => Promise.resolve());
  vi.stubGlobal('navigator', { clipboard: { writeText } });
  await copy('Hola');
  expect(writeText).toHaveBeenCalledWith('Hola');
  expect(told()).toEqual(['Copied']);
});

it('over plain http it is selected and copied', async () => {
  vi.stubGlobal('navigator', {});
  const selected: string[] = [];
  document.execCommand = () => selected.push(document.querySelector('textarea')?.value ?? '') > 0;
  await copy('Hola');
  expect(selected).toEqual(['Hola']);
  expect(document.querySelector('textarea')).toBeNull();
  expect(told()).toEqual(['Copied']);
});

it('what cannot be copied says so', async () => {
  vi.stubGlobal('navigator', {});
  document.execCommand = () => false;
  await copy('Hola');
  expect(told()).toEqual(['It could not be copied. Mark the text and copy it by hand.']);
});
