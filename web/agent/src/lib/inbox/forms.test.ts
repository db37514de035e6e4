import { beforeEach, expect, it } from 'vitest';
import { Forms } from './forms.svelte';

const HERE = { spot: '39.47, -0.376', name: 'Casa Turia', address: '' };
const PLACE = { latitude: 39.47, longitude: -0.376, name: null, address: null };

beforeEach(() => localStorage.clear());

it('what was filled in is there when its kind is begun again, also after a reload', () => {
  const forms = new Forms('usr_1.cnv_1');
  const begun = forms.begin('place', '');
  forms.keep({ ...begun, fields: HERE });
  expect(forms.begin('place', 'Hello')).toMatchObject({ key: begun.key, fields: HERE, began: '' });
  expect(new Forms('usr_1.cnv_1').begin('place', '')).toEqual({ ...begun, fields: HERE });
});

it('it is nobody else’s, of no other conversation, and of no other kind', () => {
  const forms = new Forms('usr_1.cnv_1');
  forms.keep({ ...forms.begin('place', ''), fields: HERE });
  expect(forms.begin('card', '').fields).toBeUndefined();
  expect(new Forms('usr_1.cnv_2').kept).toEqual([]);
  expect(new Forms('usr_2.cnv_1').kept).toEqual([]);
});

it('nothing is left of what was sent', () => {
  const forms = new Forms('usr_1.cnv_1');
  const form = { ...forms.begin('place', ''), fields: HERE };
  forms.keep(form);
  forms.drop(form);
  expect(forms.kept).toEqual([]);
  expect(localStorage.length).toBe(0);
});

it('what came back waits to be looked at, also after a reload', () => {
  new Forms('usr_1.cnv_1').takeBack({ location: PLACE }, '');
  const forms = new Forms('usr_1.cnv_1');
  const { returned } = forms;
  expect(returned).toMatchObject({ kind: 'place', sent: { location: PLACE } });
  if (returned) forms.keep({ ...returned, fields: HERE });
  expect(forms.returned).toBeUndefined();
  expect(forms.kept).toHaveLength(1);
});

it('two tabs keep what the other has', () => {
  const [one, other] = [new Forms('usr_1.cnv_1'), new Forms('usr_1.cnv_1')];
  const place = { ...one.begin('place', ''), fields: HERE };
  one.keep(place);
  other.takeBack({ contacts: [] }, '');
  expect(other.kept.map(({ kind }) => kind)).toEqual(['place', 'card']);
  other.drop(place);
  one.refresh();
  expect(one.kept.map(({ kind }) => kind)).toEqual(['card']);
});
