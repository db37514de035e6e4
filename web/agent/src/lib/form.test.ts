import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Problem } from './api/problem';
import { Form } from './form.svelte';
import { useLocale } from './i18n';

beforeAll(() => useLocale('en'));

const nothingWrong = () => ({});

describe('a form', () => {
  it('is not sent while a field is wrong', async () => {
    const send = vi.fn();
    const form = new Form(['email']);
    expect(await form.submit(() => ({ email: 'wrong' }), send)).toBe(false);
    expect(form.errors).toEqual({ email: 'wrong' });
    expect(send).not.toHaveBeenCalled();
  });

  it('tells a refusal beside the field that the server names', async () => {
    const form = new Form(['workspace.name']);
    const refused = () => Promise.reject(new Problem(422, 'name-empty', 'workspace.name'));
    expect(await form.submit(nothingWrong, refused)).toBe(false);
    expect(form.errors).toEqual({ 'workspace.name': 'Write a name.' });
    expect(form.problem).toBeUndefined();
  });

  it('knows the field of a code, and tells the rest over the form', async () => {
    const form = new Form(['code'], { 'setup-code-wrong': 'code' });
    await form.submit(nothingWrong, () => Promise.reject(new Problem(403, 'setup-code-wrong')));
    expect(form.errors).toEqual({ code: 'This is not the code that the terminal shows.' });
    await form.submit(nothingWrong, () => Promise.reject(new Problem(0, 'offline')));
    expect(form.errors).toEqual({});
    expect(form.problem).toBe('No connection to Charla.');
  });

  it('is sent once while it is on its way', async () => {
    let finish: () => void = () => undefined;
    const send = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
    const form = new Form([]);
    const first = form.submit(nothingWrong, send);
    expect(await form.submit(nothingWrong, send)).toBe(false);
    finish();
    expect(await first).toBe(true);
    expect(send).toHaveBeenCalledTimes(1);
    expect(form.busy).toBe(false);
  });
});
