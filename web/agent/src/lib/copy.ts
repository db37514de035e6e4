import { t } from '$lib/i18n';
import { toast } from '$lib/toasts.svelte';

/** Puts a text into the clipboard, and says so. Where the page came by plain http it goes by way of a selection. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copySelected(text)) {
      toast(t('app.not_copied'));
      return;
    }
  }
  toast(t('app.copied'));
}

function copySelected(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.style.position = 'fixed';
  // A dialog keeps the focus within itself.
  (before?.closest('[role=dialog]') ?? document.body).append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return copied;
}
