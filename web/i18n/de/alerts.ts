import type { Translated } from '../catalogue.ts';
import type { alerts as english } from '../en/alerts.ts';

export const alerts: Translated<typeof english> = {
  subtitle: 'Was nicht stimmt, warum, und was zu tun ist.',
  open: 'Offen',
  past: 'Vergangen',
  none: 'Nichts braucht Aufmerksamkeit',
  noneHelp: 'Wenn ein Haushalt ausfällt, ein Dokument abgelehnt oder Handover langsam werden, steht es hier mit dem, was zu tun ist.',
  nonePast: 'Noch kein Alarm ist vorbei',
  nonePastHelp: 'Was vorbei ist, bleibt hier so lange, wie es die Einstellungen sagen.',
  acknowledge: 'Gesehen',
  acknowledged: 'Vermerkt: Andere sehen, dass Sie Bescheid wissen',
  seenBy: (name) => `Gesehen von ${name}`,
  ended: (at) => `vorbei seit ${at}`,
  openHome: 'Haushalt öffnen',
  openLma: 'Anker öffnen',
};
