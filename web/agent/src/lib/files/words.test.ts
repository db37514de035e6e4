import { beforeAll, describe, expect, it } from 'vitest';
import { useLocale, useTexts } from '$lib/i18n';
import { refusalText } from './words';

const films = ['video/mp4', 'video/3gpp'];

describe('in English', () => {
  beforeAll(() => use('en'));

  it('names the file, what is taken and the way out', () => {
    const refusal = { code: 'type', family: 'video', types: films } as const;
    expect(refusalText('video.mov', refusal, 'WhatsApp')).toBe(
      'video.mov: WhatsApp takes MP4 and 3GP. Save it as MP4, or send a link.',
    );
  });

  it('tells of a picture what is true of it, and what to do', () => {
    expect(
      refusalText('a.heic', { code: 'unreadable', types: ['image/jpeg', 'image/png'] }, 'WhatsApp'),
    ).toBe(
      'a.heic: this browser cannot read this kind of picture. Save it as JPEG or PNG, then attach that.',
    );
    expect(refusalText('a.png', { code: 'pixels', width: 20_000, height: 900 }, 'WhatsApp')).toBe(
      'a.png has 20,000 × 900 pixels, too many for this browser. Make it smaller, then attach that.',
    );
    expect(refusalText('a.png', { code: 'damaged' }, 'WhatsApp')).toContain('damaged or was cut short');
  });

  it('names the size and the limit as the channel states it', () => {
    const refusal = { code: 'size', family: 'image', size: 7_200_000, max: 5_242_880 } as const;
    expect(refusalText('foto.png', refusal, 'WhatsApp')).toBe(
      'foto.png is 7.2 MB: WhatsApp takes pictures up to 5\u00a0MB.',
    );
  });
});

describe('in Spanish', () => {
  beforeAll(() => use('es'));

  it('does the same', () => {
    const refusal = { code: 'type', family: 'video', types: films } as const;
    expect(refusalText('video.mov', refusal, 'WhatsApp')).toBe(
      'video.mov: WhatsApp admite MP4 y 3GP. Guárdalo como MP4 o envía un enlace.',
    );
  });
});

async function use(language: 'en' | 'es'): Promise<void> {
  await useLocale(language);
  await useTexts('files');
}
