// What the sandbox server's control API says and takes. Field names are the server's.

export type Reads = 'auto' | 'manual' | 'never';

export interface Clock {
  now: string;
  offset_seconds: number;
  movable: boolean;
}

export interface PhoneNumber {
  phone_number_id: string;
  display_phone_number: string;
  verified_name: string;
}

/** What lies between a customer and one number. */
export interface Thread {
  phone_number_id: string;
  unread: number;
  /** When the customer last wrote. */
  last_inbound: string | null;
  /** Until when Charla may write freely; null before the customer's first message. */
  window_until: string | null;
  /** Whether Charla shows that somebody there is typing. */
  typing: boolean;
}

export interface Customer {
  id: string;
  wa_id: string | null;
  bsuid: string | null;
  name: string;
  username: string | null;
  reads: Reads;
  online: boolean;
  /** Over all numbers. */
  unread: number;
  threads: Thread[];
}

/** Told in the answer, or in a `failed` status after it. */
export type When = 'sync' | 'async';

export interface FailNext {
  count: number;
  code: number;
  when: When;
}

/** The faults this page can set; the server knows a few more. */
export interface Faults {
  fail_next: FailNext | null;
  window_error: When;
  no_read_receipts: boolean;
  skip_delivered: boolean;
  webhook_delay_ms: number;
  webhook_duplicate: number;
  webhook_reorder: boolean;
  webhook_batch: number;
  webhook_drop_next: number;
  webhook_stop: boolean;
  answer_delay_ms: number;
  answer_never_next: number;
  answer_hang_next: number;
  answer_500_next: number;
  down: boolean;
  throughput_per_second: number;
  token_revoked: boolean;
  media_expired_next: number;
  media_gone_next: number;
  media_500_next: number;
  media_cut_next: number;
  media_slow_ms: number;
  media_wrong_type: boolean;
  media_wrong_sha256: boolean;
  media_oversize_mb: number;
  media_refuse_next: number;
}

export interface Callback {
  url: string | null;
  failing: boolean;
  waiting: number;
}

export interface SandboxState {
  clock: Clock;
  numbers: PhoneNumber[];
  customers: Customer[];
  faults: Faults;
  callback: Callback;
  inbox_url?: string | null;
}

/** How far a message got: `sent` one tick, `delivered` two, `read` two blue; a voice note is `played` after that. */
export type Ticks = 'sent' | 'delivered' | 'read' | 'played' | 'failed' | null;

/** A file that lies on the phone. */
export interface PhoneFile {
  id: string;
  mime_type: string;
  filename: string | null;
  file_size: number;
}

export interface Message {
  id: string;
  from: 'customer' | 'business';
  type: string;
  text: string | null;
  /** The object that stands under the type, as Meta writes it. */
  payload: unknown;
  file: PhoneFile | null;
  at: string;
  status: Ticks;
  /** The message it quotes. */
  reply_to: string | null;
  /** What its author did to it since. */
  changed: 'edited' | 'revoked' | null;
}

/** What a customer sends: words, Meta's object of the type, or a file that lies on the phone. */
export interface Letter {
  type: string;
  text?: string;
  payload?: unknown;
  file?: string;
  caption?: string;
  voice?: boolean;
  reply_to?: string;
}

export type Direction = 'to_charla' | 'from_charla';

/** What an event is about, in codes and names. */
export interface Detail {
  what: string;
  from: string | null;
  updates: number | null;
  sent: 'again' | 'replay' | 'by_hand' | null;
}

export interface LogEntry {
  n: number;
  at: string;
  direction: Direction;
  kind: string;
  detail: Detail;
  http: number | null;
  took_ms: number;
  request: unknown;
  response: unknown;
  headers: Record<string, string>;
  url: string;
}

export interface LogPage {
  entries: LogEntry[];
  next: number;
}

export interface NewCustomer {
  name: string;
  wa_id?: string;
  username?: string;
}

/** The server answered with an error, or (status 0) could not be reached. */
export class ControlError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
  ) {
    super(detail || `HTTP ${status}`);
  }
}

const LOG_WAIT_SECONDS = 20;

function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return answered<T>(path, {
    method,
    signal: signal ?? null,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
}

async function answered<T>(path: string, request: RequestInit): Promise<T> {
  const response = await fetch(`/control${path}`, request).catch((cause: unknown) => {
    if (request.signal?.aborted) throw cause;
    throw new ControlError(0, '');
  });
  const text = await response.text();
  if (!response.ok) throw new ControlError(response.status, problemDetail(text));
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

function problemDetail(text: string): string {
  try {
    const problem = JSON.parse(text) as Record<string, unknown>;
    return String(problem.detail ?? problem.title ?? problem.error ?? '');
  } catch {
    return text.slice(0, 200);
  }
}

/** Where the bytes of a file are. */
export const fileUrl = (file: PhoneFile) => `/control/files/${file.id}`;

const customer = (id: string) => `/customers/${encodeURIComponent(id)}`;

export const control = {
  state: (signal?: AbortSignal) => call<SandboxState>('GET', '/state', undefined, signal),
  addCustomer: (added: NewCustomer) => call<Customer>('POST', '/customers', added),
  changeCustomer: (id: string, change: Partial<Pick<Customer, 'reads' | 'online'>>) =>
    call<Customer>('PATCH', customer(id), change),
  messages: (id: string, number: string, signal?: AbortSignal) =>
    call<{ messages: Message[] }>(
      'GET',
      `${customer(id)}/messages?phone_number_id=${encodeURIComponent(number)}`,
      undefined,
      signal,
    ),
  send: (id: string, number: string, letter: Letter) =>
    call<unknown>('POST', `${customer(id)}/messages`, { ...letter, phone_number_id: number }),
  /** Puts a file on the phone, so that it can be sent. */
  put: (file: Blob, type: string, name: string) =>
    answered<PhoneFile>(`/files?filename=${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: file,
    }),
  played: (id: string, message: string) =>
    call<unknown>('POST', `${customer(id)}/played`, { message_id: message }),
  read: (id: string, number: string) =>
    call<unknown>('POST', `${customer(id)}/read`, { phone_number_id: number }),
  closeWindow: (customer: string, number: string) =>
    call<unknown>('PATCH', '/faults', { close_window: { customer, phone_number_id: number } }),
  changeFaults: (change: Partial<Faults>) => call<unknown>('PATCH', '/faults', change),
  advance: (seconds: number) => call<unknown>('POST', '/clock', { advance_seconds: seconds }),
  reset: () => call<unknown>('POST', '/reset'),
  /** Waits for entries after number `after`; null gives the last ones at once. */
  log: (after: number | null, signal: AbortSignal) =>
    call<LogPage>(
      'GET',
      after === null ? '/log' : `/log?after=${after}&wait=${LOG_WAIT_SECONDS}`,
      undefined,
      signal,
    ),
  replay: (n: number) => call<unknown>('POST', `/log/${n}/replay`),
};
