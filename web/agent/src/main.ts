import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { chooseLocale, problemText, t, useLocale } from '$lib/i18n';
import { startRouter } from '$lib/router.svelte';
import { followUser, loadSession } from '$lib/session.svelte';
import { showRememberedTheme } from '$lib/theme';
import { lookForUpdate } from '$lib/update.svelte';

/** In milliseconds. */
const STYLE_AGAIN = 3_000;

async function start(): Promise<void> {
  const target = document.getElementById('app');
  if (!target) throw new Error('index.html has no #app');
  showRememberedTheme();
  await useLocale(chooseLocale(navigator.languages));
  try {
    await loadSession();
  } catch (thrown) {
    sayWhy(target, thrown);
    return;
  }
  startRouter();
  followUser();
  mount(App, { target });
}

function sayWhy(target: HTMLElement, thrown: unknown): void {
  const line = document.createElement('p');
  line.setAttribute('role', 'alert');
  line.textContent = t('app.start_failed', { reason: problemText(thrown) });
  const again = document.createElement('button');
  again.textContent = t('app.retry');
  again.addEventListener('click', () => location.reload());
  target.replaceChildren(line, again);
}

/**
 * What loads a part of the app asks for its style sheet only once: one that did not come is asked for again here, each
 * time after twice as long.
 */
function loadAgain({ target }: Event): void {
  if (!(target instanceof HTMLLinkElement) || target.rel !== 'stylesheet') return;
  const wait = Number(target.dataset.wait ?? STYLE_AGAIN);
  target.dataset.wait = String(2 * wait);
  setTimeout(() => target.replaceWith(target.cloneNode()), wait);
}

addEventListener('error', loadAgain, true);
// A part that cannot be loaded any more may have been replaced.
addEventListener('vite:preloadError', () => void lookForUpdate());
void start();
