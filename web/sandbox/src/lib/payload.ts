// Request and response of one event: pretty JSON without secrets, and the same call as a curl command.

import type { LogEntry } from './control';

const SECRET_NAME = /token|secret|authorization|password|signature/i;
const MASK = '••••';
/** The server masks the secrets it knows; its mask is left as it is. */
const ALREADY_MASKED = /\*{3}$/;

/** A secret as shown: its last four characters, so that two can be told apart. */
export function masked(secret: string): string {
  return secret.length > 8 ? `${MASK}${secret.slice(-4)}` : MASK;
}

/** A copy without secrets: values of secret-sounding names, and bearer tokens in any text. */
export function withoutSecrets(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    if (ALREADY_MASKED.test(value)) return value;
    if (SECRET_NAME.test(name)) return masked(value);
    return value
      .replace(/(Bearer\s+)(\S+)/gi, (_, lead: string, token: string) => lead + masked(token))
      .replace(
        /((?:access_token|hub\.verify_token)=)([^&\s"]+)/g,
        (_, lead: string, token: string) => lead + masked(token),
      );
  }
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, name));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, key)]));
  }
  return value;
}

/** Pretty JSON; text that is not JSON is given as it is. */
export function pretty(value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  const parsed = typeof value === 'string' ? parsedOr(value) : value;
  const safe = withoutSecrets(parsed);
  return typeof safe === 'string' ? safe : JSON.stringify(safe, null, 2);
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** One run of pretty JSON that is drawn in one colour. */
export interface Run {
  text: string;
  key: boolean;
}

/** The lines of pretty JSON, each cut into keys and the rest. */
export function lines(json: string): Run[][] {
  return json.split('\n').map((line) => {
    const found = /^(\s*)("(?:[^"\\]|\\.)*")(:.*)$/.exec(line);
    if (!found) return [{ text: line, key: false }];
    const [, space = '', key = '', rest = ''] = found;
    return [
      { text: space, key: false },
      { text: key, key: true },
      { text: rest, key: false },
    ];
  });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The same call as a command to paste into a terminal. Secrets are left to two variables of the shell. A webhook
 * is signed anew, because its body is written here in another order than it was sent.
 */
export function curl(entry: LogEntry): string {
  const method = entry.direction === 'to_charla' ? 'POST' : (entry.kind.split(' ')[0] ?? 'GET');
  const lines = [`curl -X ${method} ${quoted(entry.url)}`, ...Object.entries(entry.headers).map(header)];
  const body = typeof entry.request === 'string' ? entry.request : JSON.stringify(entry.request);
  if (method === 'GET' || entry.request === null || body === '') return lines.join(CONTINUED);
  return `BODY=${quoted(body)}\n${[...lines, '--data-raw "$BODY"'].join(CONTINUED)}`;
}

const CONTINUED = ' \\\n  ';
const SIGNATURE = `$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$APP_SECRET" | sed 's/.* //')`;

function header([name, value]: [string, string]): string {
  if (name === 'authorization') return `-H "${name}: Bearer $ACCESS_TOKEN"`;
  if (name === 'x-hub-signature-256') return `-H "${name}: sha256=${SIGNATURE}"`;
  return `-H ${quoted(`${name}: ${value}`)}`;
}
