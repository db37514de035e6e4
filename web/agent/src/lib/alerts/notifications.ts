/** What the browser says about notifications on the desktop. */
export type Permission = 'default' | 'granted' | 'denied' | 'missing';

export function notificationPermission(): Permission {
  return 'Notification' in window ? Notification.permission : 'missing';
}

/** Asks for the permission; browsers want a click for it. */
export async function askForNotifications(): Promise<Permission> {
  if (!('Notification' in window)) return 'missing';
  return Notification.requestPermission();
}

/** Shows one notification per conversation; a newer one takes the place of the older. */
export function notify(title: string, body: string, tag: string, onclick: () => void): void {
  if (notificationPermission() !== 'granted') return;
  const shown = new Notification(title, { body, tag, icon: '/favicon.svg' });
  shown.onclick = () => {
    window.focus();
    shown.close();
    onclick();
  };
}
