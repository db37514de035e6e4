/** Recordings become Ogg/Opus in mono, which is what WhatsApp plays as a voice note. Loaded with the first. */
import {
  BlobSource,
  BufferTarget,
  Conversion,
  type ConversionAudioOptions,
  Input,
  type InputAudioTrack,
  MP4,
  OggOutputFormat,
  Output,
  Quality,
  WEBM,
} from 'mediabunny';

/** What voices are sent at where they are encoded here. */
const BITS_PER_SECOND = 32_000;

/**
 * The recording as Ogg/Opus. What is Opus already is only wrapped anew; undefined where the browser cannot encode
 * what is not.
 */
export async function toOgg(recorded: Blob): Promise<Blob | undefined> {
  if (recorded.type.startsWith('audio/ogg')) return recorded;
  const input = new Input({ source: new BlobSource(recorded), formats: [WEBM, MP4] });
  const target = new BufferTarget();
  const output = new Output({ format: new OggOutputFormat(), target });
  const conversion = await Conversion.init({
    input,
    output,
    audio: encoding,
    // Recorders begin their clock a few milliseconds late.
    copy: { shiftTolerance: Infinity },
    tags: {},
    showWarnings: false,
  });
  if (!conversion.isValid) return undefined;
  await conversion.execute();
  return target.buffer ? new Blob([target.buffer], { type: 'audio/ogg' }) : undefined;
}

async function encoding(track: InputAudioTrack): Promise<ConversionAudioOptions> {
  const [codec, channels] = await Promise.all([track.getCodec(), track.getNumberOfChannels()]);
  if (codec === 'opus' && channels === 1) return { codec };
  const quality = new Quality({ bitrate: BITS_PER_SECOND });
  return { codec: 'opus', numberOfChannels: 1, sampleRate: 48_000, quality };
}
