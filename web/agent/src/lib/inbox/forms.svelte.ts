import type { WrittenCard } from './card';
import type { Composed } from './interactive';
import type { Carried, Offer } from './parts';
import type { WrittenPlace } from './place';

export type FormKind = Offer['type'] | 'place' | 'card';

/** The fields of a form: which, its kind says. */
export type Fields = Composed | WrittenPlace | WrittenCard;

/** A reply that is put together in a dialog. */
export interface Form {
  key: string;
  kind: FormKind;
  /** What it took over from what is written, where that stands until the form is sent. */
  began: string;
  /** What came back, as it had been sent. */
  sent?: Carried;
  /** As they were left; none yet of one that came back and has not been looked at. */
  fields?: Fields;
}

const KEY = 'charla.forms.';

/** The forms of one conversation, kept in the browser until they are sent: neither a key nor a reload loses them. */
export class Forms {
  /** The oldest first. */
  kept = $state.raw<readonly Form[]>([]);
  #place: string;

  /** `owner`: the user and the conversation. */
  constructor(owner: string) {
    this.#place = KEY + owner;
    this.refresh();
  }

  /** The first that came back and has not been looked at. */
  get returned(): Form | undefined {
    return this.kept.find(({ fields }) => fields === undefined);
  }

  /** The form of a kind that was begun last, or a new one that begins with what is written. */
  begin(kind: FormKind, written: string): Form {
    const begun = this.kept.findLast((one) => one.kind === kind);
    return begun ?? { key: crypto.randomUUID(), kind, began: written };
  }

  /** A reply came back. */
  takeBack(sent: Carried, began: string): void {
    this.keep({ key: crypto.randomUUID(), kind: kindOf(sent), began, sent });
  }

  keep(form: Form): void {
    const all = this.#read();
    const known = all.some(({ key }) => key === form.key);
    this.#write(known ? all.map((one) => (one.key === form.key ? form : one)) : [...all, form]);
  }

  /** It was sent, or nothing stands in it. */
  drop({ key }: Form): void {
    const all = this.#read();
    if (all.some((one) => one.key === key)) this.#write(all.filter((one) => one.key !== key));
  }

  /** Another tab may have sent one, or begun one. */
  refresh(): void {
    this.kept = this.#read();
  }

  #read(): Form[] {
    try {
      return JSON.parse(localStorage.getItem(this.#place) ?? '[]') as Form[];
    } catch {
      return [];
    }
  }

  #write(all: readonly Form[]): void {
    this.kept = all;
    try {
      if (all.length === 0) localStorage.removeItem(this.#place);
      else localStorage.setItem(this.#place, JSON.stringify(all));
    } catch {
      // The browser has no room: they stay as long as the page does.
    }
  }
}

function kindOf({ interactive, location }: Carried): FormKind {
  if (interactive) return interactive.offer.type;
  return location ? 'place' : 'card';
}
