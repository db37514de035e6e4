import { tick } from 'svelte';
import { isProblem } from './api/problem';
import { problemText } from './i18n';

type Errors<Name extends string> = Partial<Record<Name, string>>;

/** A form being filled in: what is wrong beside which field, and whether it is on its way. */
export class Form<Name extends string> {
  errors = $state<Errors<Name>>({});
  /** What is wrong with no field in particular. */
  problem = $state<string>();
  busy = $state(false);
  element = $state<HTMLFormElement>();

  readonly #names: readonly Name[];
  readonly #fieldOf: Record<string, Name>;
  readonly #wording: (thrown: unknown) => string;

  /**
   * `fieldOf` names the field beside which a problem's code is told when the problem names none itself;
   * `wording` tells a refusal in words of this form's own.
   */
  constructor(
    names: readonly Name[],
    fieldOf: Record<string, Name> = {},
    wording: (thrown: unknown) => string = problemText,
  ) {
    this.#names = names;
    this.#fieldOf = fieldOf;
    this.#wording = wording;
  }

  /** Checks, then sends. True when it was accepted; else the first wrong field has the focus. */
  async submit(check: () => Errors<Name>, send: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.problem = undefined;
    this.errors = check();
    if (Object.keys(this.errors).length === 0) {
      this.busy = true;
      try {
        await send();
        return true;
      } catch (thrown) {
        this.#refused(thrown);
      } finally {
        this.busy = false;
      }
    }
    await tick();
    this.element?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    return false;
  }

  #refused(thrown: unknown): void {
    const field = isProblem(thrown) ? (thrown.field ?? this.#fieldOf[thrown.code]) : undefined;
    const name = this.#names.find((one) => one === field);
    if (name === undefined) this.problem = this.#wording(thrown);
    else this.errors = { [name]: this.#wording(thrown) } as Errors<Name>;
  }
}
