import { expect, it } from 'vitest';
import { pastedFiles } from './pasted';

const picture = new File(['x'], 'image.png', { type: 'image/png' });
const invoice = new File(['x'], 'factura.pdf', { type: 'application/pdf' });

function pasted(text: string, ...files: File[]): string[] {
  const data = { files: files as unknown as FileList, getData: () => text };
  return pastedFiles(data).map(({ name }) => name);
}

it('takes a picture, and files with the names that come along', () => {
  expect(pasted('', picture)).toEqual(['image.png']);
  expect(pasted('factura.pdf', invoice)).toEqual(['factura.pdf']);
  expect(pasted('C:\\docs\\factura.pdf\nimage.png', invoice, picture)).toEqual(['factura.pdf', 'image.png']);
});

it('leaves the text of a sheet a text, though a picture of it comes along', () => {
  expect(pasted('1\t2\n3\t4', picture)).toEqual([]);
  expect(pasted('Hola')).toEqual([]);
  expect(pastedFiles(null)).toEqual([]);
});
