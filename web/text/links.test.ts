import { expect, it } from 'vitest';
import { pieces } from './links';

it.each([
  ['an address', 'See https://turia.example/a?b=c#d now', ['https://turia.example/a?b=c#d']],
  ['alone', 'http://turia.example', ['http://turia.example/']],
  ['in capitals', 'HTTPS://TURIA.EXAMPLE/A', ['https://turia.example/A']],
  ['without its scheme', 'www.turia.example/a', ['https://www.turia.example/a']],
  ['two', 'http://a.example http://b.example', ['http://a.example/', 'http://b.example/']],
  ['a full stop', 'Look: https://a.example/b.', ['https://a.example/b']],
  ['a question', '¿https://a.example/b?', ['https://a.example/b']],
  ['more punctuation', 'https://a.example/b?!…, and', ['https://a.example/b']],
  ['a point within', 'https://a.example/b.html', ['https://a.example/b.html']],
  ['brackets around', '(https://a.example/b)', ['https://a.example/b']],
  ['brackets around and a stop', '(see https://a.example/b).', ['https://a.example/b']],
  ['brackets within', 'https://a.example/b_(c)', ['https://a.example/b_(c)']],
  ['both', '(https://a.example/b_(c))', ['https://a.example/b_(c)']],
  ['quotes', '"https://a.example" «https://b.example»', ['https://a.example/', 'https://b.example/']],
  ['bold', '*https://a.example/b*', ['https://a.example/b']],
  ['italics', '_https://a.example/b_', ['https://a.example/b']],
  ['italics and a stop', '_see https://a.example/b_.', ['https://a.example/b']],
  ['italics around more', 'so _(look) at https://a.example/b_, then', ['https://a.example/b']],
  ['a name', 'https://a.example/lucia_', ['https://a.example/lucia_']],
  ['a name and a stop', 'Look at https://a.example/lucia_.', ['https://a.example/lucia_']],
  ['a name in italics', '_https://a.example/lucia__', ['https://a.example/lucia_']],
  [
    'a name after italics',
    '_so_ https://a.example/_b https://a.example/lucia_',
    ['https://a.example/_b', 'https://a.example/lucia_'],
  ],
  ['a name below italics', '_so\nhttps://a.example/lucia_', ['https://a.example/lucia_']],
  ['struck out', '~https://a.example/b~', ['https://a.example/b']],
  ['an underscore within', 'https://a.example/_b_c', ['https://a.example/_b_c']],
  ['letters of all the world', 'https://münchen.example/ñ', ['https://xn--mnchen-3ya.example/%C3%B1']],
  ['code', '`https://a.example/b`', ['https://a.example/b']],
  ['two that hang together', 'https://a.example,https://b.example', []],
  ['brackets without an end', `http://a.example${')'.repeat(100_000)}`, []],
  ['a port', 'http://localhost:8080/a', ['http://localhost:8080/a']],
  ['a direction mark behind', 'https://a.example\u2069', ['https://a.example/']],
  ['a script', 'javascript:alert(1) data:text/html,x', []],
  ['a script with an address', 'javascript://www.a.example/%0aalert(1)', []],
  ['another scheme', 'ftp://a.example file:///etc/passwd', []],
  ['a user before the host', 'https://bank.example@evil.example/', []],
  ['a mail address', 'ana@www.a.example', []],
  ['within a word', 'xhttps://a.example', []],
  ['no host', 'https:// and www. and www.a', []],
  ['none', 'Hola. ¿Qué tal?', []],
])('%s', (_, text, hrefs) => {
  const found = pieces(text);
  expect(found.flatMap(({ href }) => href ?? [])).toEqual(hrefs);
  expect(found.map((piece) => piece.text).join(''), 'no letter is lost').toBe(text);
});

it('an address that is not shown to its end is none', () => {
  const text = 'a http://a.example http://b.example/c';
  expect(pieces(text, 26)).toEqual([
    { text: 'a ' },
    { text: 'http://a.example', href: 'http://a.example/' },
    { text: ' http://' },
  ]);
});
