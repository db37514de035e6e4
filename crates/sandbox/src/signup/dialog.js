const opener = window.opener;

const { numbers } = await (await fetch('/control/numbers')).json();
const list = document.getElementById('numbers');
for (const [index, number] of numbers.entries()) {
  const label = document.createElement('label');
  const radio = document.createElement('input');
  Object.assign(radio, { type: 'radio', name: 'number', value: number.phone_number_id, checked: index === 0 });
  label.append(radio, ` ${number.display_phone_number}, ${number.verified_name}`);
  list.append(label);
}

// As Meta's window does: text, to whoever opened it.
const tell = (event, data) =>
  opener?.postMessage(JSON.stringify({ type: 'WA_EMBEDDED_SIGNUP', event, data, version: '3' }), '*');
const end = (code) => opener?.postMessage({ sandbox: 'login', code }, '*');

const on = (id, act) => document.getElementById(id).addEventListener('click', act);
on('finish', async () => {
  const chosen = document.querySelector('input[name=number]:checked');
  const made = await (await fetch('/control/signup-codes', { method: 'POST' })).json();
  tell('FINISH', { phone_number_id: chosen.value, waba_id: made.waba_id, business_id: made.business_id });
  end(made.code);
});
on('cancel', () => {
  tell('CANCEL', { current_step: 'PHONE_NUMBER_SETUP' });
  end(null);
});
on('fail', () => {
  tell('ERROR', { error_message: 'The account could not be created.' });
  end(null);
});

// A click before this would be heard by nobody.
for (const button of document.querySelectorAll('button')) button.disabled = false;
