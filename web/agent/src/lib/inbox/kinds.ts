import Ban from '@lucide/svelte/icons/ban';
import Camera from '@lucide/svelte/icons/camera';
import CircleQuestionMark from '@lucide/svelte/icons/circle-question-mark';
import Contact from '@lucide/svelte/icons/contact';
import FileText from '@lucide/svelte/icons/file-text';
import Info from '@lucide/svelte/icons/info';
import MapPin from '@lucide/svelte/icons/map-pin';
import Mic from '@lucide/svelte/icons/mic';
import MousePointerClick from '@lucide/svelte/icons/mouse-pointer-click';
import Pencil from '@lucide/svelte/icons/pencil';
import ShoppingBag from '@lucide/svelte/icons/shopping-bag';
import Smile from '@lucide/svelte/icons/smile';
import Sticker from '@lucide/svelte/icons/sticker';
import Video from '@lucide/svelte/icons/video';
import Volume2 from '@lucide/svelte/icons/volume-2';
import Hand from '@lucide/svelte/icons/hand';
import type { Component } from 'svelte';
import type { Entry } from '$lib/api/types';
import { hasMessage, type Key } from '$lib/i18n';

type Icon = Component<{ class?: string }>;

const ICONS: Record<string, Icon> = {
  image: Camera,
  video: Video,
  audio: Volume2,
  voice: Mic,
  document: FileText,
  sticker: Sticker,
  location: MapPin,
  contacts: Contact,
  interactive: MousePointerClick,
  button: MousePointerClick,
  reaction: Smile,
  order: ShoppingBag,
  system: Info,
  unsupported: Ban,
  edit: Pencil,
  revoke: Ban,
  request_welcome: Hand,
};

/** How a kind that is not plain text is told in one line. */
export interface KindLine {
  icon: Icon;
  label: Key;
}

/** The icon and words of a message's kind; null for plain text. A notice says what it is about, where that is known. */
export function lineOf({ kind, parts }: Pick<Entry, 'kind' | 'parts'>): KindLine | null {
  const line = kindLine(kind);
  if (line === null || kind !== 'system') return line;
  const notice = parts.find(({ type, name }) => type === 'raw' && name === 'system')?.json as
    { type?: unknown } | undefined;
  const label = `notice.${String(notice?.type)}`;
  return hasMessage(label) ? { ...line, label } : line;
}

/** The icon and words of a kind; null for plain text. */
export function kindLine(kind: string): KindLine | null {
  if (kind === 'text') return null;
  const label = `kind.${kind}`;
  return { icon: ICONS[kind] ?? CircleQuestionMark, label: hasMessage(label) ? label : 'kind.unknown' };
}

/** The words that somebody wrote. A notice has none: its sentence is the provider's, in the provider's language. */
export function writtenIn({ kind, text }: { kind: string; text: string | null }): string {
  return kind === 'system' ? '' : (text ?? '');
}

/** What of it can be told in words: a file's name, a place, an emoji, a choice. */
export function kindDetail({ kind, text, parts }: Pick<Entry, 'kind' | 'text' | 'parts'>): string | null {
  if (kind === 'text' || text !== null) return null;
  const part: Record<string, unknown> = parts[0] ?? {};
  const told = part.type === 'location' ? [part.name, part.address] : [part.filename, part.emoji, part.title];
  const words = told.filter((word) => typeof word === 'string' && word !== '');
  return words.length > 0 ? words.join(', ') : null;
}
