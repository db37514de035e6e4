import { expect, it } from 'vitest';
import { areTooMany, statedIn } from './pixels';

const png = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52];
const marker = [0xff, 0xe0, 0, 4, 1, 2];

it.each<[string, number[], object | undefined]>([
  ['a PNG', [...png, 0, 0, 0x4e, 0x20, 0, 0, 0, 9], { width: 20_000, height: 9 }],
  ['a GIF', [...Buffer.from('GIF89a'), 4, 1, 2, 0], { width: 260, height: 2 }],
  ['a JPEG', [0xff, 0xd8, ...marker, 0xff, 0xc2, 0, 17, 8, 1, 0, 2, 0], { width: 512, height: 256 }],
  ['a JPEG without an image', [0xff, 0xd8, ...marker, 0xff, 0xc4, 0, 4, 1, 2], undefined],
  ['a PNG that was cut short', png, undefined],
  ['no picture', [...Buffer.from('%PDF-1.7')], undefined],
])('%s states its size', (_, bytes, stated) => {
  expect(statedIn(new Uint8Array(bytes))).toEqual(stated);
});

it.each([
  [16_384, 6_000, false],
  [16_385, 1, true],
  [10_001, 10_000, true],
])('%i × %i pixels', (width, height, tooMany) => {
  expect(areTooMany({ width, height })).toBe(tooMany);
});
