import type { Place } from './parts';
import { lengthOf } from './text';

/** The longest line of a place and of a card: the same limit as the server's. */
export const LONGEST_LINE = 256;

const NUMBER = String.raw`([+-]?\d{1,3}(?:\.\d+)?)`;
/** Where in the address of a map the place stands; the mark on it counts more than the middle of the picture. */
const IN_AN_ADDRESS = [
  new RegExp(String.raw`!3d${NUMBER}!4d${NUMBER}`),
  new RegExp(String.raw`[?&]mlat=${NUMBER}&mlon=${NUMBER}`),
  new RegExp(
    String.raw`[?&](?:q|query|ll|sll|daddr|destination|cp)=(?:loc:)?${NUMBER}(?:,|%2C|~)\s*${NUMBER}`,
    'i',
  ),
  new RegExp(String.raw`@${NUMBER},${NUMBER}`),
  new RegExp(String.raw`#map=[\d.]+/${NUMBER}/${NUMBER}`),
  new RegExp(String.raw`^geo:${NUMBER},${NUMBER}`, 'i'),
];
const BARE = new RegExp(String.raw`^\(?${NUMBER}\s*[,; ]\s*${NUMBER}\)?$`);
/** As a Spanish keyboard writes them: `39,47; -0,376`. */
const WITH_COMMAS = /^([+-]?\d{1,3},\d+)\s*[; ]\s*([+-]?\d{1,3},\d+)$/;

/** Where on the earth something lies, in degrees. */
export type Spot = Pick<Place, 'latitude' | 'longitude'>;

/** Reads coordinates as they are written, or as they stand in the address of a map. */
export function spotIn(typed: string): Spot | undefined {
  const text = typed.trim();
  const isAddress = /^(https?:\/\/|geo:)/i.test(text);
  const patterns = isAddress ? IN_AN_ADDRESS : [BARE, WITH_COMMAS];
  for (const pattern of patterns) {
    const [, north, east] = pattern.exec(text) ?? [];
    if (north === undefined || east === undefined) continue;
    const [latitude, longitude] = [degrees(north), degrees(east)];
    if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) return { latitude, longitude };
  }
  return undefined;
}

function degrees(written: string): number {
  return Number(written.replace(',', '.'));
}

/** What is being written of a place: every field is there, empty or not. */
export interface WrittenPlace {
  spot: string;
  name: string;
  address: string;
}

export function writtenPlace(place?: Place): WrittenPlace {
  return {
    spot: place ? `${place.latitude}, ${place.longitude}` : '',
    name: place?.name ?? '',
    address: place?.address ?? '',
  };
}

/** What is wrong with a field of a place or of a card. */
export type WrongLine =
  | { code: 'empty' | 'no_place' | 'short_link' | 'unreachable' }
  | { code: 'too_long'; max: number; length: number };

export function wrongOfPlace({ spot, name, address }: WrittenPlace): Map<string, WrongLine> {
  const wrong = new Map<string, WrongLine>();
  if (spot.trim() === '') wrong.set('spot', { code: 'empty' });
  else if (!spotIn(spot)) wrong.set('spot', { code: isShortLink(spot) ? 'short_link' : 'no_place' });
  tooLong(wrong, { name, address });
  return wrong;
}

/** Notes the lines that are too long. */
export function tooLong(wrong: Map<string, WrongLine>, lines: Record<string, string>): void {
  for (const [field, line] of Object.entries(lines)) {
    const length = lengthOf(line.trim());
    if (length > LONGEST_LINE) wrong.set(field, { code: 'too_long', max: LONGEST_LINE, length });
  }
}

/** An address that tells where it lies only to who follows it. */
function isShortLink(spot: string): boolean {
  return /^https?:\/\/(maps\.app\.goo\.gl|goo\.gl|g\.co)\//i.test(spot.trim());
}

/** The place that is sent, once nothing of it is wrong. */
export function placeOf({ spot, name, address }: WrittenPlace): Place | undefined {
  const found = spotIn(spot);
  return found && { ...found, name: lineOrNull(name), address: lineOrNull(address) };
}

export function lineOrNull(line: string): string | null {
  return line.trim() === '' ? null : line.trim();
}
