import { expect, it } from 'vitest';
import { moved, WHOLE, zoomed } from './zoom';

const SIZE = { width: 400, height: 300 };
const FRAME = { frame: SIZE, picture: SIZE };
/** A picture that does not fill the frame's width. */
const NARROW = { frame: SIZE, picture: { width: 100, height: 300 } };
const MIDDLE = { x: 0, y: 0 };

it('what is under the pointer stays under it', () => {
  const at = { x: 100, y: -50 };
  const closer = zoomed(WHOLE, 2, at, FRAME);
  expect(closer).toEqual({ scale: 2, x: -100, y: 50 });
  expect(zoomed(closer, 0.5, at, FRAME)).toEqual(WHOLE);
});

it.each([
  ['no further than all of it', zoomed(WHOLE, 0.1, MIDDLE, FRAME), WHOLE],
  ['no closer than eight times', zoomed(WHOLE, 100, MIDDLE, FRAME), { scale: 8, x: 0, y: 0 }],
  ['all of it cannot be moved', moved(WHOLE, { x: 10, y: 10 }, FRAME), WHOLE],
  [
    'nothing beside the picture is shown',
    moved({ scale: 2, x: 0, y: 0 }, { x: 900, y: -900 }, FRAME),
    { scale: 2, x: 200, y: -150 },
  ],
  [
    'a narrow picture stays in the middle until it is wider than the frame',
    moved({ scale: 3, x: 0, y: 0 }, { x: 900, y: 0 }, NARROW),
    { scale: 3, x: 0, y: 0 },
  ],
  [
    'a narrow picture cannot be pushed out of the frame',
    moved({ scale: 8, x: 0, y: 0 }, { x: 900, y: 0 }, NARROW),
    { scale: 8, x: 200, y: 0 },
  ],
  [
    'going back from an edge shows no edge',
    zoomed({ scale: 2, x: 200, y: 0 }, 0.5, { x: -200, y: 0 }, FRAME),
    WHOLE,
  ],
])('%s', (_, is, shown) => {
  expect(is).toEqual(shown);
});
