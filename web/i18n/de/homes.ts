import { forms, type Translated } from '../catalogue.ts';
import type { homes as english } from '../en/homes.ts';

const { count } = forms('de');

export const homes: Translated<typeof english> = {
  add: 'Haushalt hinzufügen',
  addThis: 'Hinzufügen',
  subtitle: 'Jeder Router, der sein WLAN mit der Gemeinschaft teilt.',
  waiting: (n) => count(n, '# Gateway wartet darauf, hinzugefügt zu werden', '# Gateways warten darauf, hinzugefügt zu werden'),
  configuration: 'Konfiguration',
  down: 'Empfangen',
  up: 'Gesendet',
  lastSeen: 'Zuletzt gesehen',
  justNow: 'jetzt',
  reasons: 'Warum',
  agent: 'Agent',
  certificate: 'Zertifikat bis',
  identity: 'MAG Identifier',
  id: 'Gateway',
  notes: 'Notizen',
  anyStatus: 'Jeder Zustand',
  anyGroup: 'Jede Gruppe',
  code: 'Code',
  codeHelp: 'Acht Zeichen. Das Gateway zeigt sie, auch als QR-Code, im Log und bei roamstead agent status.',
  name: 'Name des Haushalts',
  nameHelp: 'Wie seine Leute ihn nennen würden, etwa Mühlgasse 12.',
  groupHelp: 'Haushalte einer Gruppe teilen Profile, Timer und Grenzen.',
  newGroup: 'Neue Gruppe',
  newGroupName: 'Name der neuen Gruppe',
  nobodyWaits: 'Gerade möchte kein Gateway hinzugefügt werden. Den Agenten mit seinem Claim-Zertifikat starten; er erscheint hier nach wenigen Sekunden.',
  claimMore: (agent, since) => `Agent ${agent}, angefragt ${since}`,
  added: (name) => `${name} gehört jetzt zur Flotte`,
};
