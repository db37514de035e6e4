import { describe, expect, it } from 'vitest';
import type { Faults } from './control';
import {
  activeCount,
  allOff,
  faults,
  isActive,
  shownAmount,
  storedAmount,
  switched,
  type Amount,
} from './faults';

const rest = allOff() as Faults;
const amount = (name: string) => faults.find((fault) => fault.name === name) as Amount;

describe('faults', () => {
  it('are all off at rest', () => {
    expect(activeCount(rest)).toBe(0);
    expect(rest.throughput_per_second).toBe(80);
    expect(rest.fail_next).toBeNull();
  });

  it.each(faults.map((fault) => [fault.name, fault] as const))(
    '%s counts once when switched on',
    (_, fault) => {
      const now = { ...rest, ...switched(fault, true) };
      expect(isActive(fault, now)).toBe(true);
      expect(activeCount(now)).toBe(1);
      expect(activeCount({ ...now, ...switched(fault, false) })).toBe(0);
    },
  );

  it('show seconds and store milliseconds', () => {
    const delay = amount('webhook_delay_ms');
    expect(shownAmount(delay, { ...rest, webhook_delay_ms: 7000 })).toBe(7);
    expect(shownAmount(delay, rest)).toBe(30);
    expect(storedAmount(delay, 5)).toBe(5000);
  });

  it.each([
    ['nothing typed', Number.NaN, 1],
    ['zero', 0, 1],
    ['a fraction', 2.4, 2],
    ['too much', 99_999, 999],
  ])('keep a size within reason: %s', (_, typed, stored) => {
    expect(storedAmount(amount('webhook_drop_next'), typed)).toBe(stored);
  });
});
