// A customer as typed into the form: checked, and turned into what the server takes.

import type { NewCustomer } from './control';

export interface Typed {
  name: string;
  by: 'phone' | 'username';
  phone: string;
  username: string;
}

export type Field = 'name' | 'phone' | 'username';

/** The fields that cannot be accepted as they are. */
export function wrongFields(typed: Typed): Field[] {
  const wrong: Field[] = [];
  if (typed.name.trim() === '') wrong.push('name');
  if (typed.by === 'phone' && !/^\d{7,15}$/.test(digits(typed.phone))) wrong.push('phone');
  if (typed.by === 'username' && !/^[a-zA-Z0-9._]{3,35}$/.test(bareName(typed.username)))
    wrong.push('username');
  return wrong;
}

export function newCustomer(typed: Typed): NewCustomer {
  const name = typed.name.trim();
  return typed.by === 'phone'
    ? { name, wa_id: digits(typed.phone) }
    : { name, username: bareName(typed.username) };
}

function digits(phone: string): string {
  return phone.replace(/[\s+().-]/g, '').replace(/^00/, '');
}

function bareName(username: string): string {
  return username.trim().replace(/^@/, '');
}
