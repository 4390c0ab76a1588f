import { forms, type Translated } from '../catalogue.ts';
import type { now as english } from '../en/now.ts';

const { count, number } = forms('de');

export const now: Translated<typeof english> = {
  noHomes: 'Noch kein Haushalt',
  noHomesHelp: 'Den Agenten auf einem Router installieren, starten und mit dem Code hinzufügen, den er im Log und bei roamstead agent status zeigt.',
  missing: 'Einige Zahlen sind unvollständig, weil diese Teile nicht antworten:',
  homesOnline: 'Haushalte online',
  offline: (off, total) => `${number(off)} von ${number(total)} nicht online`,
  allOnline: 'alle',
  attachedNow: 'jetzt verbunden',
  handoversPerMinute: 'Handover pro Minute',
  success: 'Erfolg',
  fiveMinutes: 'letzte fünf Minuten',
  median: 'Dauer eines Handovers',
  slower: (p90, p99) => `90 %: ${p90} · 99 %: ${p99}`,
  alerts: (n) => (n === 0 ? 'Alarme' : count(n, '# Alarm', '# Alarme')),
  allAlerts: 'Alle Alarme',
  noAlerts: 'Nichts braucht Aufmerksamkeit.',
  ticker: 'Letzte Handover',
  held: 'Angehalten, solange Sie hinsehen',
  failed: 'misslungen',
  quiet: 'Kein Handover in der letzten Stunde',
  quietHelp: 'Sobald jemand von einem Haushalt zum nächsten geht, erscheint es hier.',
  handoversChart: 'Handover, letzte Stunde',
  timeChart: 'Dauer der Handover, letzte Stunde',
  successChart: 'Erfolg, letzte Stunde',
  subscribersChart: 'Teilnehmer, letzte Stunde',
  homesChart: 'Haushalte online, letzte Stunde',
  perMinute: 'pro Minute',
  half: 'die Hälfte ist schneller',
  slowest: '99 von 100 sind schneller',
};
