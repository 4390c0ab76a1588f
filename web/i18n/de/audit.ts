import { forms, type Translated } from '../catalogue.ts';
import type { audit as english } from '../en/audit.ts';

const { count, number } = forms('de');

export const audit: Translated<typeof english> = {
  subtitle: 'Alles, was jemand geändert oder aufgedeckt hat. Einträge kommen nur hinzu.',
  notYours: 'Das Protokoll ist für Operatoren und Eigentümer',
  none: 'Noch hat niemand etwas geändert',
  noneHelp: 'Neue Haushalte, Dokumente, Rollouts, Befehle, Aufdeckungen und Anmeldungen stehen dann hier.',
  older: 'Ältere anzeigen',
  shown: (n, total) => `${number(n)} von ${count(total, '# Eintrag', '# Einträgen')}`,
  number: 'Nr.',
  when: 'Wann',
  who: 'Wer',
  nobody: 'niemand angemeldet',
  action: 'Aktion',
  target: 'Woran',
  hash: 'Hash über diesen und alle früheren Einträge (SHA-256)',
  anybody: 'Alle Personen',
  anything: 'Jede Aktion',
  anyTarget: 'Alles',
  from: 'Von',
  to: 'Bis',
  verify: 'Protokoll prüfen',
  verifyHelp: 'Jeder Eintrag trägt einen Hash über den vorigen: Jede spätere Änderung fällt auf.',
  whole: (n) => `${count(n, '# Eintrag', '# Einträge')}, alle wie geschrieben, keiner fehlt.`,
  broken: (n) => `Das Protokoll ist ab Eintrag ${n} verändert.`,
  brokenHelp: 'Den Speicher unverändert sichern und mit der letzten Sicherung oder dem letzten Export vergleichen.',
  export: 'Alles exportieren',
  entry: (n) => `Eintrag ${number(n)}`,
  noEntry: 'Diesen Eintrag gibt es nicht: Vielleicht wurde er gelöscht, wie es die Einstellungen sagen.',
  noChange: 'Kein gespeicherter Wert wurde geändert.',
  sameTarget: 'Alles dazu',
};
