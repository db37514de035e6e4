import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Chat } from './chat.svelte';
import { message } from './sample.test-data';
import { lines, ownReaction } from './thread';

const reacts = (from: 'customer' | 'business', emoji: string | undefined, target = 'a') =>
  message({ id: `r${Math.random()}`, type: 'reaction', from, payload: { message_id: target, emoji } });

describe('the lines of a chat', () => {
  const a = message({ id: 'a', text: 'Hola' });

  it('show reactions on what they react to, the last of each side', () => {
    const [line, ...more] = lines([
      a,
      reacts('customer', '👍'),
      reacts('business', '❤️'),
      reacts('customer', '😂'),
    ]);
    expect(more).toEqual([]);
    expect(line?.reactions).toEqual([
      { emoji: '😂', from: 'customer' },
      { emoji: '❤️', from: 'business' },
    ]);
    expect(line && ownReaction(line)).toBe('😂');
  });

  it.each([undefined, ''])('show no reaction that was taken back by %o', (emoji) => {
    const [line] = lines([a, reacts('customer', '👍'), reacts('customer', emoji)]);
    expect(line?.reactions).toEqual([]);
    expect(line && ownReaction(line)).toBeNull();
  });

  it('show what a message quotes', () => {
    const quoting = [message({ id: 'b', reply_to: 'a' }), message({ id: 'c', reply_to: 'gone' })];
    expect(lines([a, ...quoting]).map(({ quoted }) => quoted)).toEqual([null, a, 'older']);
  });

  it('show an edit or a deletion only where its message is not here', () => {
    const edit = (id: string, target: string) =>
      message({ id, type: 'edit', from: 'customer', payload: { original_message_id: target } });
    expect(lines([a, edit('b', 'a'), edit('c', 'gone')]).map((line) => line.message.id)).toEqual(['a', 'c']);
  });
});

describe('a chat', () => {
  const all = [
    message({ id: 'sent', status: 'sent' }),
    message({ id: 'failed', status: 'failed' }),
    message({ id: 'delivered' }),
    message({ id: 'played', type: 'audio', status: 'played' }),
    message({ id: 'reaction', type: 'reaction', status: 'sent' }),
    message({ id: 'own', from: 'customer', status: 'delivered' }),
  ];

  beforeEach(() => vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ messages: all }))));

  it('holds what reached the phone', async () => {
    const chat = new Chat('34600009901', '1');
    await chat.refresh();
    expect(chat.messages?.map(({ id }) => id)).toEqual(['delivered', 'played', 'reaction', 'own']);
  });
});
