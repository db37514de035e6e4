import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { describe, expect, it } from 'vitest';
import accountEn from './en/account.json';
import appEn from './en/app.json';
import cardsEn from './en/cards.json';
import channelsEn from './en/channels.json';
import contactsEn from './en/contacts.json';
import filesEn from './en/files.json';
import inboxEn from './en/inbox.json';
import mediaEn from './en/media.json';
import messagesEn from './en/messages.json';
import settingsEn from './en/settings.json';
import accountEs from './es/account.json';
import appEs from './es/app.json';
import cardsEs from './es/cards.json';
import channelsEs from './es/channels.json';
import contactsEs from './es/contacts.json';
import filesEs from './es/files.json';
import inboxEs from './es/inbox.json';
import mediaEs from './es/media.json';
import messagesEs from './es/messages.json';
import settingsEs from './es/settings.json';

type Catalog = Record<string, string>;

const areas: [string, Catalog, Catalog][] = [
  ['app', appEn, appEs],
  ['cards', cardsEn, cardsEs],
  ['files', filesEn, filesEs],
  ['inbox', inboxEn, inboxEs],
  ['messages', messagesEn, messagesEs],
  ['account', accountEn, accountEs],
  ['media', mediaEn, mediaEs],
  ['channels', channelsEn, channelsEs],
  ['contacts', contactsEn, contactsEs],
  ['settings', settingsEn, settingsEs],
];

/** Every argument of a message with its kind, sorted. */
function placeholders(message: string): string[] {
  const found = new Set<string>();
  const walk = (elements: MessageFormatElement[]) => {
    for (const element of elements) {
      if (element.type === TYPE.literal || element.type === TYPE.pound) continue;
      found.add(`${element.value}:${TYPE[element.type]}`);
      if (element.type === TYPE.select || element.type === TYPE.plural) {
        for (const option of Object.values(element.options)) walk(option.value);
      }
    }
  };
  walk(parse(message, { ignoreTag: true }));
  return [...found].sort();
}

describe.each(areas)('the %s catalogs', (_area, en, es) => {
  it('have the same keys in the same order', () => {
    expect(Object.keys(es)).toEqual(Object.keys(en));
  });

  it('take the same arguments', () => {
    const inEnglish = Object.fromEntries(Object.entries(en).map(([key, text]) => [key, placeholders(text)]));
    const inSpanish = Object.fromEntries(Object.entries(es).map(([key, text]) => [key, placeholders(text)]));
    expect(inSpanish).toEqual(inEnglish);
  });

  it('have no empty text', () => {
    const empty = [...Object.entries(en), ...Object.entries(es)].filter(([, text]) => text.trim() === '');
    expect(empty).toEqual([]);
  });
});

it('no key stands in two areas', () => {
  const keys = areas.flatMap(([, en]) => Object.keys(en));
  expect(new Set(keys).size).toBe(keys.length);
});

it('every reason for quarantine and for a pause has words', () => {
  const sources = import.meta.glob<string>(
    [
      '../../../../../crates/meta/src/{webhook/*,errors}.rs',
      '../../../../../crates/server/src/webhooks/{applier,set}.rs',
    ],
    { query: '?raw', import: 'default', eager: true },
  );
  const found = Object.values(sources).flatMap((source) => [
    ...[
      ...source.matchAll(
        /(?:Err|ok_or|unreadable|map_err|NOT_APPLICABLE: &str =)\(?(?:\|_\|)?\s*"([a-z_]+)"/g,
      ),
    ].map(([, reason]) => `health.reason.${reason}`),
    ...[...source.matchAll(/^\s+Self::(?:Token|Account|Payment|Number) => "([a-z]+)"/gm)].map(
      ([, reason]) => `pause.${reason}`,
    ),
  ]);
  expect(found.length).toBeGreaterThan(20);
  expect(found.filter((key) => !(key in settingsEn) && !(key in appEn))).toEqual([]);
});

it('every trouble of a number and every refusal of a step has words', () => {
  const sources = import.meta.glob<string>(
    ['../../../../../crates/domain/src/standing.rs', '../../../../../crates/server/src/channels/*.rs'],
    { query: '?raw', import: 'default', eager: true },
  );
  const all = Object.values(sources).join('\n');
  const found = [
    ...[...all.matchAll(/(?:bad|warning)\("([a-z_]+)"\)/g)].map(([, code]) => `trouble.${code}`),
    ...[
      ...all.matchAll(/(?:unfit|conflict)\(\s*"([a-z-]+)"/g),
      ...all.matchAll(/invalid\(\s*"[a-z_]+",\s*"([a-z-]+)"/g),
      ...all.matchAll(/StatusCode::[A-Z_]+,\s*"([a-z-]+)"/g),
      ...all.matchAll(/\(?"[a-z_]*",\s*"([a-z]+-[a-z-]+)",/g),
    ].map(([, code]) => `problem.${code}`),
  ];
  const known = { ...channelsEn, ...accountEn, ...appEn };
  expect(found.length).toBeGreaterThan(40);
  expect([...new Set(found)].filter((key) => !(key in known))).toEqual([]);
});
