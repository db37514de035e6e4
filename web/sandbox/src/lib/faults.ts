// The failures that can be injected: how each is switched, what it is set to, when it counts as active.

import type { FailNext, Faults } from './control';

export type Group = 'window' | 'delivery' | 'network' | 'meta' | 'media';
export type Unit = 'seconds' | 'count' | 'per_second' | 'megabytes';

type Named<T> = { [K in keyof Faults]: Faults[K] extends T ? K : never }[keyof Faults];

/** A failure that is on or off, whatever the server calls these two. */
export interface Flag {
  shape: 'flag';
  name: Named<boolean | string | number>;
  group: Group;
  off: boolean | string | number;
  on: boolean | string | number;
}

/** A failure with a size; `scale` turns the shown unit into the stored one, `off` is the stored size at rest. */
export interface Amount {
  shape: 'amount';
  name: Named<number>;
  group: Group;
  unit: Unit;
  scale: number;
  off: number;
  usual: number;
  most: number;
}

/** "Fail the next n messages with code c". */
export interface Failing {
  shape: 'failing';
  name: 'fail_next';
  group: Group;
}

export type Fault = Flag | Amount | Failing;

const flag = (name: Named<boolean>, group: Group): Flag => ({
  shape: 'flag',
  name,
  group,
  off: false,
  on: true,
});
const seconds = (name: Named<number>, group: Group, usual: number): Amount => ({
  shape: 'amount',
  name,
  group,
  unit: 'seconds',
  scale: 1000,
  off: 0,
  usual,
  most: 3600,
});
const times = (name: Named<number>, group: Group, usual = 1): Amount => ({
  shape: 'amount',
  name,
  group,
  unit: 'count',
  scale: 1,
  off: 0,
  usual,
  most: 999,
});

/** All failures in the order in which they are drawn. */
export const faults = [
  { shape: 'failing', name: 'fail_next', group: 'delivery' },
  { shape: 'flag', name: 'window_error', group: 'window', off: 'sync', on: 'async' },
  flag('no_read_receipts', 'delivery'),
  flag('skip_delivered', 'delivery'),
  seconds('webhook_delay_ms', 'network', 30),
  { shape: 'flag', name: 'webhook_duplicate', group: 'network', off: 0, on: 1 },
  flag('webhook_reorder', 'network'),
  times('webhook_batch', 'network', 10),
  times('webhook_drop_next', 'network'),
  flag('webhook_stop', 'network'),
  seconds('answer_delay_ms', 'meta', 5),
  times('answer_never_next', 'meta'),
  times('answer_hang_next', 'meta'),
  times('answer_500_next', 'meta'),
  flag('down', 'meta'),
  {
    shape: 'amount',
    name: 'throughput_per_second',
    group: 'meta',
    unit: 'per_second',
    scale: 1,
    off: 80,
    usual: 1,
    most: 79,
  },
  flag('token_revoked', 'meta'),
  times('media_expired_next', 'media'),
  times('media_gone_next', 'media'),
  times('media_500_next', 'media'),
  times('media_cut_next', 'media'),
  seconds('media_slow_ms', 'media', 30),
  flag('media_wrong_type', 'media'),
  flag('media_wrong_sha256', 'media'),
  {
    shape: 'amount',
    name: 'media_oversize_mb',
    group: 'media',
    unit: 'megabytes',
    scale: 1,
    off: 0,
    usual: 200,
    most: 8192,
  },
  times('media_refuse_next', 'media'),
] as const satisfies readonly Fault[];

/** The code that is offered first: WhatsApp could not reach the person. */
const USUAL_FAILURE: FailNext = { count: 1, code: 131026, when: 'async' };

/** Is this failure being injected now? */
export function isActive(fault: Fault, now: Faults): boolean {
  if (fault.shape === 'failing') return now.fail_next !== null;
  return now[fault.name] !== fault.off;
}

/** How many failures are being injected. */
export function activeCount(now: Faults): number {
  return faults.filter((fault) => isActive(fault, now)).length;
}

/** The size of a failure in the unit it is shown in; its usual size while it is off. */
export function shownAmount(fault: Amount, now: Faults): number {
  return isActive(fault, now) ? now[fault.name] / fault.scale : fault.usual;
}

/** What to store for a size typed in, kept within reason. */
export function storedAmount(fault: Amount, shown: number): number {
  return whole(shown, fault.usual, fault.most) * fault.scale;
}

/** A typed number as a whole one from 1 to `most`. */
export function whole(typed: number, usual: number, most: number): number {
  return Number.isFinite(typed) ? Math.min(Math.max(Math.round(typed), 1), most) : usual;
}

/** The change that switches a failure on, at its usual size, or off. */
export function switched(fault: Fault, on: boolean): Partial<Faults> {
  if (fault.shape === 'failing') return { fail_next: on ? USUAL_FAILURE : null };
  if (fault.shape === 'flag') return { [fault.name]: on ? fault.on : fault.off };
  return { [fault.name]: on ? fault.usual * fault.scale : fault.off };
}

/** The change that switches everything off. */
export function allOff(): Partial<Faults> {
  return Object.assign({}, ...faults.map((fault) => switched(fault, false))) as Partial<Faults>;
}
