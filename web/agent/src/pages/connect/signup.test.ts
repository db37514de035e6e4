import { expect, it } from 'vitest';
import { readMessage } from './signup';

const message = (event: string, data: object) => ({ type: 'WA_EMBEDDED_SIGNUP', event, data });

it.each([
  [
    'text',
    JSON.stringify(message('FINISH', { waba_id: '1', phone_number_id: '2' })),
    { account: '1', number: '2' },
  ],
  ['an object', message('FINISH', { waba_id: '1', phone_number_id: '2' }), { account: '1', number: '2' }],
  ['an account only', message('FINISH_ONLY_WABA', { waba_id: '1' }), { account: '1' }],
  ['cancelled', message('CANCEL', { current_step: 'PHONE_NUMBER_SETUP' }), {}],
  ['an error', message('ERROR', { error_message: 'No' }), { failed: 'No' }],
  ['something else of theirs', 'cb=f123&domain=x', undefined],
  ['nothing', null, undefined],
])('a message of the window: %s', (_case, data, told) => {
  expect(readMessage(data)).toEqual(told);
});
