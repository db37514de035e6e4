import { BINDINGS, type Binding, type Command } from './bindings';

/** As much of a KeyboardEvent as the map reads. */
export interface Press {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  getModifierState(name: string): boolean;
}

interface Options {
  /** Whether single keys act at all (WCAG 2.1.4: they can be turned off). */
  singleKeys: () => boolean;
  now: () => number;
}

/** A prefix such as `g` waits this long for its second key. */
const PREFIX_WAITS = 1_500;

/** Turns key presses into commands. Matches `event.key`, so that it follows the layout of the keyboard. */
export class Keymap {
  #options: Options;
  #prefix: { key: string; until: number } | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The command of a press, `'waiting'` after a prefix, or null. `inField`: a text field has the focus. */
  read(press: Press, inField: boolean): Command | 'waiting' | null {
    const prefix = this.#takePrefix();
    const key = plainKey(press);
    if (key === null) return null;
    if (isMod(press)) return this.#find(['mod', key], press)?.command ?? null;
    if (isNamed(key) ? isPlainNamed(key) && inField : inField) return null;
    if (!isNamed(key) && !this.#options.singleKeys()) return null;
    const binding = this.#find(prefix === null ? [key] : [prefix, key], press);
    if (binding) return binding.command;
    if (!BINDINGS.some(({ keys }) => keys.length > 1 && keys[0] === key)) return null;
    this.#prefix = { key, until: this.#options.now() + PREFIX_WAITS };
    return 'waiting';
  }

  #takePrefix(): string | null {
    const prefix = this.#prefix;
    this.#prefix = null;
    return prefix && this.#options.now() <= prefix.until ? prefix.key : null;
  }

  #find(keys: string[], press: Press): Binding | undefined {
    const mod = keys[0] === 'mod';
    const wanted = mod ? keys.slice(1) : keys;
    return BINDINGS.find(
      (binding) =>
        Boolean(binding.mod) === mod &&
        binding.keys.length === wanted.length &&
        binding.keys.every((key, index) => key === wanted[index]) &&
        fitsShift(binding, press),
    );
  }
}

/** Whether a press belongs to an input method. Safari says so of the one that ends a composition by its old code only. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Whether typing goes into the element, so that single keys must not act. */
export function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLTextAreaElement) return !target.readOnly;
  if (target instanceof HTMLSelectElement) return true;
  const typeless = ['button', 'checkbox', 'radio', 'range', 'submit', 'reset', 'file'];
  return target instanceof HTMLInputElement && !typeless.includes(target.type);
}

/** The key without what the keyboard needed to reach it: AltGr, or Option on a Mac, makes `[` on many layouts. */
function plainKey(press: Press): string | null {
  const sign = press.key.length === 1 && !/^[\p{L}\p{N}]$/u.test(press.key);
  if (press.altKey && !sign && !press.getModifierState('AltGraph')) return null;
  return press.key.length === 1 ? press.key.toLowerCase() : press.key;
}

function isMod(press: Press): boolean {
  return (press.ctrlKey || press.metaKey) && !press.getModifierState('AltGraph');
}

function isNamed(key: string): boolean {
  return key.length > 1;
}

/** Function keys act everywhere; Enter and its like belong to the field that has the focus. */
function isPlainNamed(key: string): boolean {
  return !/^F\d+$/.test(key);
}

/** Shift counts for letters and named keys only, unless it is asked for: signs such as `?` need it on some layouts. */
function fitsShift(binding: Binding, press: Press): boolean {
  if (binding.shift) return press.shiftKey;
  const last = binding.keys.at(-1) ?? '';
  const counts = isNamed(last) || /^\p{L}$/u.test(last);
  return !counts || Boolean(binding.shift) === press.shiftKey;
}
