/** Meta's Embedded Signup: a script of Meta's, a window of Meta's, and what both tell us. */

interface LoginAnswer {
  authResponse: { code: string } | null;
}

interface Sdk {
  init(options: object): void;
  login(callback: (answer: LoginAnswer) => void, options: object): void;
}

declare global {
  interface Window {
    FB?: Sdk;
    fbAsyncInit?: () => void;
  }
}

/** What came of the window. */
export type Signup =
  | { end: 'finished'; code: string; account?: string; number?: string }
  | { end: 'cancelled' }
  | { end: 'failed'; detail: string };

/** Loads Meta's script once; a policy or a blocker may stop it. */
export function loadSdk(url: string): Promise<Sdk> {
  if (window.FB) return Promise.resolve(window.FB);
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.async = true;
    script.onload = () => {
      if (window.FB) resolve(window.FB);
      else window.fbAsyncInit = () => (window.FB ? resolve(window.FB) : reject(new Error('no sdk')));
    };
    script.onerror = () => reject(new Error('no sdk'));
    document.head.append(script);
  });
}

/** Opens Meta's window and waits for both of its answers: what was chosen, and the code. */
export function signUp(
  sdk: Sdk,
  app: { id: string; config: string },
  origins: readonly string[],
): Promise<Signup> {
  return new Promise((resolve) => {
    let told: Told = {};
    const hear = (event: MessageEvent<unknown>) => {
      if (origins.includes(event.origin)) told = readMessage(event.data) ?? told;
    };
    window.addEventListener('message', hear);
    sdk.init({ appId: app.id, autoLogAppEvents: false, xfbml: false, version: 'v25.0' });
    sdk.login(
      ({ authResponse }) => {
        window.removeEventListener('message', hear);
        if (told.failed !== undefined) resolve({ end: 'failed', detail: told.failed });
        else if (!authResponse) resolve({ end: 'cancelled' });
        else {
          const { account, number } = told;
          resolve({
            end: 'finished',
            code: authResponse.code,
            ...(account === undefined ? {} : { account }),
            ...(number === undefined ? {} : { number }),
          });
        }
      },
      {
        config_id: app.config,
        response_type: 'code',
        override_default_response_type: true,
        extras: { setup: {}, sessionInfoVersion: '3' },
      },
    );
  });
}

interface Told {
  account?: string;
  number?: string;
  failed?: string;
}

/** What a message of Meta's window says, if it is one about signing up. */
export function readMessage(data: unknown): Told | undefined {
  let message: unknown = data;
  if (typeof data === 'string') {
    try {
      message = JSON.parse(data);
    } catch {
      return undefined;
    }
  }
  const { type, event, data: details } = (message ?? {}) as Record<string, unknown>;
  if (type !== 'WA_EMBEDDED_SIGNUP') return undefined;
  const found = (details ?? {}) as Record<string, unknown>;
  if (event === 'ERROR') return { failed: String(found.error_message ?? '') };
  // Every way of finishing begins like this; which fields come depends on it.
  if (typeof event !== 'string' || !event.startsWith('FINISH')) return {};
  return {
    ...(typeof found.waba_id === 'string' ? { account: found.waba_id } : {}),
    ...(typeof found.phone_number_id === 'string' ? { number: found.phone_number_id } : {}),
  };
}
