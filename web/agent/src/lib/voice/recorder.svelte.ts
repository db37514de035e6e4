/** Why there is nothing to record with. */
export type NoMicrophone = 'insecure' | 'refused' | 'missing' | 'busy' | 'unsupported';

/** Speech keeps its voice at this rate, and two minutes of it their play button on the phone. */
const BITS_PER_SECOND = 32_000;
/** Preferred first: what needs no conversion, then what needs only another wrapping. */
const FORMATS = ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus', 'audio/mp4;codecs=opus', 'audio/mp4'];
/** The level is taken so often, in ms. */
const STEP = 80;
const LEVELS = 48;
/** A longer recording ends by itself, in seconds. */
export const LONGEST = 15 * 60;
/** Up to this size WhatsApp shows a voice note with its play button; with some room for the wrapping. */
const WITH_PLAY_BUTTON = 500_000;

export class NoRecording extends Error {
  constructor(readonly why: NoMicrophone) {
    super(why);
  }
}

/** One voice note being recorded, in mono. */
export class Recorder {
  /** How long it is, in seconds. */
  seconds = $state(0);
  /** How loud it was lately, from 0 to 1, the newest last. */
  levels = $state.raw<readonly number[]>(Array<number>(LEVELS).fill(0));
  paused = $state(false);
  /** Whether the phone will show it as a file, for its size. */
  long = $state(false);

  #stream: MediaStream;
  #context: AudioContext;
  #analyser: AnalyserNode;
  #recorder: MediaRecorder;
  #pieces: Blob[] = [];
  #ended: Promise<void>;
  #clock: ReturnType<typeof setInterval>;

  /** Asks for the microphone and begins. Throws `NoRecording`. */
  static async start(onend: () => void): Promise<Recorder> {
    if (!isSecureContext) throw new NoRecording('insecure');
    const type = globalThis.MediaRecorder && FORMATS.find((format) => MediaRecorder.isTypeSupported(format));
    if (!type || !('mediaDevices' in navigator)) throw new NoRecording('unsupported');
    let stream: MediaStream | undefined;
    try {
      const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true };
      stream = await navigator.mediaDevices.getUserMedia({ audio });
      return new Recorder(stream, type, onend);
    } catch (thrown) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      throw new NoRecording(whyNot(thrown));
    }
  }

  private constructor(stream: MediaStream, type: string, onend: () => void) {
    this.#stream = stream;
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    // Microphones that are stereo whatever is asked for are mixed down here.
    const mono = new MediaStreamAudioDestinationNode(this.#context, {
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    this.#context.createMediaStreamSource(stream).connect(this.#analyser).connect(mono);
    this.#recorder = new MediaRecorder(mono.stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
    this.#recorder.ondataavailable = ({ data }) => {
      this.#pieces.push(data);
      this.long = this.#pieces.reduce((size, piece) => size + piece.size, 0) > WITH_PLAY_BUTTON;
    };
    this.#ended = new Promise((ended) => (this.#recorder.onstop = () => ended()));
    const [track] = stream.getTracks();
    track?.addEventListener('ended', onend);
    const samples = new Float32Array(this.#analyser.fftSize);
    let last = performance.now();
    this.#clock = setInterval(() => {
      const now = performance.now();
      if (!this.paused) {
        this.seconds += (now - last) / 1_000;
        this.#analyser.getFloatTimeDomainData(samples);
        this.levels = [...this.levels.slice(1), loudness(samples)];
      }
      last = now;
      if (this.seconds >= LONGEST) onend();
    }, STEP);
    void this.#context.resume();
    this.#recorder.start(1_000);
  }

  /** Rests, or goes on. */
  toggle(): void {
    if (this.paused) this.#recorder.resume();
    else this.#recorder.pause();
    this.paused = !this.paused;
  }

  /** Ends it and gives what was recorded. */
  async stop(): Promise<Blob> {
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    await this.#ended;
    this.#release();
    return new Blob(this.#pieces, { type: this.#recorder.mimeType });
  }

  /** Ends it; nothing is kept. */
  cancel(): void {
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    this.#release();
  }

  #release(): void {
    clearInterval(this.#clock);
    for (const track of this.#stream.getTracks()) track.stop();
    void this.#context.close();
  }
}

/** How loud samples are, from 0 to 1 as an ear tells it. */
export function loudness(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  const decibels = 10 * Math.log10(Math.max(power, 1e-10));
  return Math.min(1, Math.max(0, (decibels + 60) / 50));
}

/** A recording as a sound file, named by what it is. */
export function soundFile(recorded: Blob): File {
  const type = recorded.type.split(';')[0] || 'audio/webm';
  const ending = type === 'audio/mp4' ? 'm4a' : type.replace('audio/', '');
  return new File([recorded], `voice.${ending}`, { type });
}

/** What the browser means by the error of a microphone that cannot be had. */
export function whyNot(thrown: unknown): NoMicrophone {
  switch (thrown instanceof DOMException ? thrown.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'refused';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'unsupported';
  }
}
