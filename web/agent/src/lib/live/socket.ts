import { signedOut } from '$lib/api/client';
import { LiveClient, type LiveState, type LiveSocket } from './client';
import type { Frame } from '$lib/api/types';
import { lookForUpdate } from '$lib/update.svelte';

interface Listeners {
  onframe: (frame: Frame) => void;
  onstate: (state: LiveState) => void;
}

/** The live connection of a workspace over a real WebSocket. */
export function openLive(workspace: string, cursor: number, listeners: Listeners): LiveClient {
  let before = false;
  return new LiveClient({
    onframe: listeners.onframe,
    onstate: (state) => {
      // A server that was away may have come back as another version.
      if (state.kind === 'online' && before) void lookForUpdate();
      before ||= state.kind === 'online';
      listeners.onstate(state);
    },
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
