import { signedOut } from '$lib/api/client';
import { LiveClient, type LiveState, type LiveSocket } from './client';
import type { Frame } from '$lib/api/types';

interface Listeners {
  onframe: (frame: Frame) => void;
  onstate: (state: LiveState) => void;
}

/** The live connection of a workspace over a real WebSocket. */
export function openLive(workspace: string, cursor: number, listeners: Listeners): LiveClient {
  return new LiveClient({
    ...listeners,
    cursor,
    url: (after) =>
      `${location.origin.replace(/^http/, 'ws')}/live?workspace=${encodeURIComponent(workspace)}&after=${after}`,
    open: (url) => new WebSocket(url) as LiveSocket,
    timers: {
      now: () => Date.now(),
      set: (run, after) => setTimeout(run, after),
      clear: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
    },
    chance: Math.random,
    onsignedout: signedOut,
  });
}
