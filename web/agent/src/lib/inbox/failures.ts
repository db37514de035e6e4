import type { Entry, Failure } from '$lib/api/types';
import { hasMessage, t, type Key } from '$lib/i18n';

/** What can be done about a failure, by Meta's code. Its own list is in `crates/meta/src/errors.rs`. */
const STEPS = {
  again: [-1, 1, 131_000, 133_004],
  minute: [2, 130_429, 131_016, 131_056, 131_057, 133_015],
  hours: [4, 80_007, 132_069, 133_008, 133_009, 134_101, 134_102],
  days: [131_049, 131_064, 133_016],
  slower: [131_048],
  template: [131_047],
  ask_number: [131_021, 131_026, 131_062],
  no_way: [130_472, 130_497, 131_050],
  unblock: [130_403, 139_100, 139_101, 139_102, 139_103],
  change: [100, 131_008, 131_009, 131_051, 135_000, 132_005],
  another_file: [131_053],
  ask_again: [131_052],
  values: [132_000, 132_008, 132_012, 132_018],
  fix_template: [
    132_001, 132_007, 132_015, 132_016, 132_021, 132_068, 2_388_019, 2_388_039, 2_388_040, 2_388_047,
    2_388_072, 2_388_073, 2_388_293, 2_388_299,
  ],
  access: [0, 3, 10, 190, 200, 131_005],
  account: [368, 131_031, 131_063, 134_100],
  payment: [131_042, 134_011],
  number: [33, 131_037, 131_045, 133_000, 133_005, 133_006, 133_010, 136_024, 136_025, 2_388_091, 2_388_093],
  test_list: [131_030],
  confirm: [137_000],
} as const;

/** The code whose words are meant: Meta has a hundred for a permission that is missing. */
function wordedAs(code: number): number {
  return code > 200 && code < 300 ? 200 : code;
}

/** Why a message was not delivered, in plain words. */
export function failureText(failure: Pick<Failure, 'code'>): string {
  const key = `failure.${wordedAs(failure.code)}`;
  return t(hasMessage(key) ? key : 'failure.other');
}

/** What to do next, as a sentence. */
export function nextStep(code: number): string {
  const of: readonly [string, readonly number[]][] = Object.entries(STEPS);
  const step = of.find(([, codes]) => codes.includes(wordedAs(code)));
  return t(`failure.next.${step?.[0] ?? 'unknown'}` as Key);
}

/** The code as Meta's papers know it; those below zero are our own, and say nothing that the words do not. */
export function codeOfMeta(code: number | null): number | undefined {
  return code !== null && code >= 0 ? code : undefined;
}

/** The codes of a call that Meta did not answer, or only to say that it cannot now. */
const AWAY = new Set([-1, 1, 2, 131_000, 131_016]);

/** Whether a message waits for Meta to answer again. */
export function waitsForMeta({ delivery, failure }: Pick<Entry, 'delivery' | 'failure'>): boolean {
  return delivery === 'queued' && failure !== null && AWAY.has(failure.code);
}

/** What may be behind it, where WhatsApp does not say which. */
export function failureCauses(code: number): string | undefined {
  const key = `failure.${code}.causes`;
  return hasMessage(key) ? t(key) : undefined;
}
