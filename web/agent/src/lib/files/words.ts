import { locale, number, t } from '$lib/i18n';
import { fileSize } from '$lib/inbox/media';
import type { Refusal } from './check';

/** What people call the types. */
const NAMES: Record<string, string> = {
  'image/jpeg': 'JPEG',
  'image/png': 'PNG',
  'image/webp': 'WebP',
  'video/mp4': 'MP4',
  'video/3gpp': '3GP',
  'audio/aac': 'AAC',
  'audio/amr': 'AMR',
  'audio/mpeg': 'MP3',
  'audio/mp4': 'M4A',
  'audio/ogg': 'OGG',
  'text/plain': 'TXT',
  'application/pdf': 'PDF',
  'application/msword': 'DOC',
  'application/vnd.ms-excel': 'XLS',
  'application/vnd.ms-powerpoint': 'PPT',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'DOCX',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'XLSX',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PPTX',
};

/** Why a file cannot be sent, and what to do. `channel`: what people call it. */
export function refusalText(name: string, refusal: Refusal, channel: string): string {
  switch (refusal.code) {
    case 'type':
      return t(`files.refused.type_${refusal.family}`, { name, channel, types: typeNames(refusal.types) });
    case 'size': {
      const { family, size, max } = refusal;
      return t(`files.refused.size_${family}`, { name, channel, size: fileSize(size), max: limit(max) });
    }
    case 'unreadable':
      return t('files.refused.unreadable', { name, types: typeNames(refusal.types, 'disjunction') });
    case 'pixels':
      return t('files.refused.pixels', { name, width: refusal.width, height: refusal.height });
    case 'side':
      return t('files.refused.side', { name, max: refusal.max });
    default:
      return t(`files.refused.${refusal.code}`, { name });
  }
}

function typeNames(types: readonly string[], type: Intl.ListFormatOptions['type'] = 'conjunction'): string {
  const names = types.map((one) => NAMES[one] ?? one.split('/').pop()?.toUpperCase() ?? one);
  return new Intl.ListFormat(locale(), { type }).format(new Set(names));
}

/** A limit as the channel's papers state it: 5 MB are 5,242,880 bytes. */
function limit(bytes: number): string {
  for (const [unit, size] of [
    ['MB', 1_048_576],
    ['KB', 1_024],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${number(bytes / size)}\u00a0${unit}`;
  }
  return fileSize(bytes);
}
