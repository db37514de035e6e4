import { expect, it } from 'vitest';
import { withShownNames } from './names';
import { conversation } from './sample.test-data';

it('a name cannot turn the text around it', () => {
  for (const [given, shown] of [
    ['Lucía Ferrer', 'Lucía Ferrer'],
    ['\u202EnimdA', 'nimdA'],
    ['Ana\u2069\u202E', 'Ana'],
    ['دانا \u200Fكرم', 'دانا \u200Fكرم'],
    ['👩🏽‍🦰 Sol', '👩🏽‍🦰 Sol'],
    ['\u202E\u2066', '+34\u00A0600\u00A0001\u00A0234'],
  ] as const) {
    const { contact } = withShownNames(
      conversation({
        id: 'cnv_1',
        contact: { id: 'ctc_1', name: given, phone: '+34600001234', username: `${given}`, bsuid: null },
      }),
    );
    expect(contact.name, given).toBe(shown);
    expect(contact.username).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
  }
});
