/** Four short sounds, made in the browser: nothing is loaded. */
export type Sound = 'message' | 'unassigned' | 'assigned' | 'failed';

interface Tone {
  hertz: number;
  at: number;
  lasts: number;
}

const TONES: Record<Sound, Tone[]> = {
  message: [
    { hertz: 880, at: 0, lasts: 0.12 },
    { hertz: 1174.7, at: 0.09, lasts: 0.18 },
  ],
  unassigned: [
    { hertz: 659.3, at: 0, lasts: 0.14 },
    { hertz: 659.3, at: 0.16, lasts: 0.18 },
  ],
  assigned: [
    { hertz: 587.3, at: 0, lasts: 0.1 },
    { hertz: 740, at: 0.09, lasts: 0.1 },
    { hertz: 880, at: 0.18, lasts: 0.2 },
  ],
  failed: [
    { hertz: 392, at: 0, lasts: 0.16 },
    { hertz: 293.7, at: 0.14, lasts: 0.26 },
  ],
};

const BURST = 3_000;
const status = $state({ blocked: false });
let context: AudioContext | undefined;
let playedAt = -Infinity;

/** Whether the browser keeps sounds back until the agent clicks somewhere. */
export function soundBlocked(): boolean {
  return status.blocked;
}

/** Lets sounds through; works only inside a click or a key press. */
export async function unblockSound(): Promise<void> {
  context ??= new AudioContext();
  await context.resume();
  status.blocked = context.state !== 'running';
}

/** Learns whether the browser would let a sound through, and waits for the first click if not. */
export function prepareSound(): () => void {
  context ??= new AudioContext();
  status.blocked = context.state !== 'running';
  const unblock = () => void unblockSound();
  addEventListener('pointerdown', unblock, { once: true });
  addEventListener('keydown', unblock, { once: true });
  return () => {
    removeEventListener('pointerdown', unblock);
    removeEventListener('keydown', unblock);
  };
}

/** Plays a sound, at most one in 3 s. */
export function play(sound: Sound, volume: number): void {
  const now = performance.now();
  if (now - playedAt < BURST) return;
  context ??= new AudioContext();
  status.blocked = context.state !== 'running';
  if (status.blocked) return;
  playedAt = now;
  for (const tone of TONES[sound]) playTone(context, tone, volume);
}

function playTone(audio: AudioContext, { hertz, at, lasts }: Tone, volume: number): void {
  const start = audio.currentTime + at;
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.type = 'sine';
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(volume * 0.4, start + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.001, start + lasts);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + lasts + 0.02);
}
