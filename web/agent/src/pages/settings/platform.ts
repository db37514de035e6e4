/** Whether the command key is what others call Ctrl. */
export function onMac(): boolean {
  return /mac|iphone|ipad/i.test(navigator.userAgent);
}
