import { expect, it } from 'vitest';
import { blocksOf, plainText, type Block, type Inline } from './markup';

/** A short way to write what came out: `<strong>a</strong>`. */
function told(inlines: readonly Inline[]): string {
  return inlines
    .map((inline) => {
      if (inline.type === 'text') return inline.text;
      const inner = 'children' in inline ? told(inline.children) : inline.text;
      return `<${inline.type}>${inner}</${inline.type}>`;
    })
    .join('');
}

function blocks(text: string): string[] {
  return blocksOf(text).map((block: Block) => {
    if (block.type !== 'list') return `${block.type}: ${told(block.children)}`;
    const kind = block.ordered ? `ol ${block.start}` : 'ul';
    return `${kind}: ${block.items.map(told).join(' | ')}`;
  });
}

it.each([
  ['plain', 'Hola', 'Hola'],
  ['bold', 'It is *very* good', 'It is <strong>very</strong> good'],
  ['italics', '_so_', '<em>so</em>'],
  ['struck', '~49~ 39', '<del>49</del> 39'],
  ['code', 'run `make *it*`', 'run <code>make *it*</code>'],
  ['mono', '```a *b* c```', '<code>a *b* c</code>'],
  ['one in the other', '*_both_*', '<strong><em>both</em></strong>'],
  ['crossed', '*a _b* c_', '<strong>a _b</strong> c_'],
  ['two of them', '*a* and *b*', '<strong>a</strong> and <strong>b</strong>'],
  ['inside a word', '3*4*5 and snake_case_name', '3*4*5 and snake_case_name'],
  ['spaces inside', 'x * a * and *b *', 'x * a * and *b *'],
  ['beside signs', '(*a*), "_b_"!', '(<strong>a</strong>), "<em>b</em>"!'],
  ['never closed', '*a _b ~c `d', '*a _b ~c `d'],
  ['empty', '** __ ~~ ``', '** __ ~~ ``'],
  ['not over lines', '*a\nb*', '*a\nb*'],
  [
    'tags are text',
    '<b>*a*</b> <img src=x onerror=alert(1)>',
    '<b><strong>a</strong></b> <img src=x onerror=alert(1)>',
  ],
  ['a link', 'see https://a.example/b_c_d', 'see <link>https://a.example/b_c_d</link>'],
  ['a bold link', '*https://a.example*', '<strong><link>https://a.example</link></strong>'],
  ['signs in a link', 'https://a.example/_x_ and _y_', '<link>https://a.example/_x_</link> and <em>y</em>'],
  ['letters of others', '*añadir* _日本_', '<strong>añadir</strong> <em>日本</em>'],
  ['emoji', '*👍*', '<strong>👍</strong>'],
])('%s', (_, text, expected) => {
  expect(blocks(text)).toEqual([`lines: ${expected}`]);
});

it.each([
  [
    'bullets',
    'Bring:\n- a *saw*\n* nails\nThanks',
    ['lines: Bring:', 'ul: a <strong>saw</strong> | nails', 'lines: Thanks'],
  ],
  ['numbers', '3. three\n4. four', ['ol 3: three | four']],
  ['a dash alone', '-\n- \n-a', ['lines: -\n- \n-a']],
  ['a quote', '> said _so_\n> twice\nNo', ['quote: said <em>so</em>\ntwice', 'lines: No']],
  ['code over lines', 'a\n```\nx = *1*\ny\n```\nb', ['lines: a\n<code>x = *1*\ny</code>\nb']],
  ['lines stay', 'a\n\n b', ['lines: a\n\n b']],
])('%s', (_, text, expected) => {
  expect(blocks(text)).toEqual(expected);
});

it('what is cut off is not shown, and half an address is no link', () => {
  const text = '*a* https://a.example/long *b*';
  expect(told((blocksOf(text, 14)[0] as { children: Inline[] }).children)).toBe(
    '<strong>a</strong> https://a.',
  );
});

it('a line full of signs costs one look each', () => {
  const text = '*a _b ~c '.repeat(4_000);
  expect(plainText(text)).toBe(text);
});

it('the signs go where only words are shown', () => {
  expect(plainText('*Hola* _tú_\n- ~uno~\n> dos `tres`')).toBe('Hola tú\nuno\ndos tres');
});
