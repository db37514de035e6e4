import { beforeEach, describe, expect, it } from 'vitest';
import { BINDINGS } from './bindings';
import { isComposing, isField, Keymap, type Press } from './keymap';

let now: number;
let singleKeys: boolean;
let keymap: Keymap;

beforeEach(() => {
  now = 0;
  singleKeys = true;
  keymap = new Keymap({ singleKeys: () => singleKeys, now: () => now });
});

function press(key: string, about: Partial<Press> & { altGraph?: boolean } = {}): Press {
  const { altGraph = false, ...rest } = about;
  return {
    key,
    shiftKey: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    getModifierState: (name) => name === 'AltGraph' && altGraph,
    ...rest,
  };
}

describe('single keys', () => {
  it('act by what the layout gives, in either case', () => {
    expect(keymap.read(press('j'), false)).toBe('next');
    expect(keymap.read(press('J'), false), 'caps lock').toBe('next');
  });

  it('stay letters while a field has the focus', () => {
    expect(keymap.read(press('j'), true)).toBeNull();
    expect(keymap.read(press('Enter'), true)).toBeNull();
  });

  it('can be turned off; keys with Ctrl and function keys go on acting', () => {
    singleKeys = false;
    expect(keymap.read(press('e'), false)).toBeNull();
    expect(keymap.read(press('k', { ctrlKey: true }), false)).toBe('palette');
    expect(keymap.read(press('F6'), true)).toBe('next_pane');
  });

  it('with Ctrl or Alt belong to the browser', () => {
    expect(keymap.read(press('r', { ctrlKey: true }), false)).toBeNull();
    expect(keymap.read(press('e', { altKey: true }), false)).toBeNull();
  });
});

describe('shift', () => {
  it('makes another command of a letter', () => {
    expect(keymap.read(press('e'), false)).toBe('resolve');
    expect(keymap.read(press('E', { shiftKey: true }), false)).toBe('resolve_next');
    expect(keymap.read(press('F6', { shiftKey: true }), false)).toBe('previous_pane');
    expect(keymap.read(press('J', { shiftKey: true }), false)).toBeNull();
  });

  it('does not matter for signs: some layouts need it for them', () => {
    expect(keymap.read(press('/', { shiftKey: true }), false)).toBe('find');
    expect(keymap.read(press('?', { shiftKey: true }), false)).toBe('help');
  });
});

describe('AltGr', () => {
  it('reaches [ and ] on Spanish, German and French keyboards and is not Ctrl+Alt', () => {
    const altGr = { ctrlKey: true, altKey: true, altGraph: true };
    expect(keymap.read(press('[', altGr), false)).toBe('views');
    expect(keymap.read(press(']', altGr), false)).toBe('panel');
  });

  it('is Option on a Mac', () => {
    expect(keymap.read(press('[', { altKey: true }), false)).toBe('views');
  });
});

describe('a prefix', () => {
  it('waits for its second key', () => {
    expect(keymap.read(press('g'), false)).toBe('waiting');
    expect(keymap.read(press('m'), false)).toBe('go_mine');
    expect(keymap.read(press('m'), false), 'the prefix is used up').toBe('assign_me');
  });

  it('is forgotten after a while', () => {
    keymap.read(press('g'), false);
    now = 1_501;
    expect(keymap.read(press('r'), false)).toBe('reply');
  });

  it('is given up by a key that does not follow it', () => {
    keymap.read(press('g'), false);
    expect(keymap.read(press('q'), false)).toBeNull();
    expect(keymap.read(press('r'), false)).toBe('reply');
  });
});

it('no two commands have the same keys', () => {
  const presses = BINDINGS.map(
    ({ keys, shift, mod }) => `${mod ? 'mod ' : ''}${shift ? 'shift ' : ''}${keys.join(' ')}`,
  );
  expect(new Set(presses).size).toBe(presses.length);
});

it('a field is where typing goes', () => {
  const of = (html: string) => {
    document.body.innerHTML = html;
    return document.body.firstElementChild;
  };
  expect(isField(of('<textarea></textarea>'))).toBe(true);
  expect(isField(of('<textarea readonly></textarea>'))).toBe(false);
  expect(isField(of('<input type="search">'))).toBe(true);
  expect(isField(of('<input type="checkbox">'))).toBe(false);
  expect(isField(of('<button></button>'))).toBe(false);
  expect(isField(null)).toBe(false);
});

it('a press of an input method is known by its flag, or by its old code as in Safari', () => {
  const enter = (about: KeyboardEventInit) => new KeyboardEvent('keydown', { key: 'Enter', ...about });
  expect(isComposing(enter({ keyCode: 13 }))).toBe(false);
  expect(isComposing(enter({ isComposing: true }))).toBe(true);
  expect(isComposing(enter({ keyCode: 229 }))).toBe(true);
});
