import { describe, expect, it } from 'vitest';
import type { LogEntry } from './control';
import { curl, lines, pretty } from './payload';

function entry(part: Partial<LogEntry>): LogEntry {
  return {
    n: 1,
    at: '2026-11-19T14:06:11.310Z',
    direction: 'from_charla',
    kind: 'POST /messages',
    detail: { what: 'text', from: null, updates: null, sent: null },
    http: 200,
    took_ms: 41,
    request: { to: '34600009901', text: { body: "it's" } },
    response: {},
    headers: {},
    url: 'http://127.0.0.1:4411/v24.0/106/messages',
    ...part,
  };
}

describe('pretty', () => {
  it('masks secrets by name, at any depth, and bearer tokens anywhere', () => {
    const shown = pretty({
      access_token: 'EAAG1234567890abcd',
      deep: [{ app_secret: 'short' }],
      line: 'Bearer EAAG1234567890wxyz',
    });
    expect(JSON.parse(shown)).toEqual({
      access_token: '••••abcd',
      deep: [{ app_secret: '••••' }],
      line: 'Bearer ••••wxyz',
    });
  });

  it('leaves the server’s own mask and ordinary text alone', () => {
    expect(JSON.parse(pretty({ authorization: 'Bearer ***', body: 'token of love' }))).toEqual({
      authorization: 'Bearer ***',
      body: 'token of love',
    });
  });

  it('takes JSON as text, text that is no JSON, and nothing', () => {
    expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(pretty('connection refused')).toBe('connection refused');
    expect(pretty(null)).toBe('');
  });
});

describe('lines', () => {
  it('cuts keys from values, also where a value looks like a key', () => {
    expect(lines('{\n  "a": "b: c"\n}')).toEqual([
      [{ text: '{', key: false }],
      [
        { text: '  ', key: false },
        { text: '"a"', key: true },
        { text: ': "b: c"', key: false },
      ],
      [{ text: '}', key: false }],
    ]);
  });

  it('leaves a text in a list alone', () => {
    expect(lines('  "alone",')).toEqual([[{ text: '  "alone",', key: false }]]);
  });
});

describe('curl', () => {
  it('repeats an API call, quoting the body for a shell and leaving the token to a variable', () => {
    const headers = { authorization: 'Bearer ***', 'content-type': 'application/json' };
    expect(curl(entry({ headers }))).toBe(
      [
        `BODY='{"to":"34600009901","text":{"body":"it'\\''s"}}'`,
        `curl -X POST 'http://127.0.0.1:4411/v24.0/106/messages' \\`,
        `  -H "authorization: Bearer $ACCESS_TOKEN" \\`,
        `  -H 'content-type: application/json' \\`,
        `  --data-raw "$BODY"`,
      ].join('\n'),
    );
  });

  it('signs a webhook anew', () => {
    const headers = { 'x-hub-signature-256': 'sha256=ab12' };
    const command = curl(entry({ direction: 'to_charla', kind: 'status', headers }));
    expect(command).toContain('openssl dgst -sha256 -hmac "$APP_SECRET"');
    expect(command).not.toContain('ab12');
  });

  it('sends no body with a GET', () => {
    const url = 'http://127.0.0.1:4411/v24.0/106/phone_numbers';
    expect(curl(entry({ kind: 'GET /phone_numbers', request: null, url }))).toBe(`curl -X GET '${url}'`);
  });
});
