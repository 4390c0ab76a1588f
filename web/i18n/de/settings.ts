import type { Translated } from '../catalogue.ts';
import type { settings as english } from '../en/settings.ts';

export const settings: Translated<typeof english> = {
  subtitle: 'Wer wer ist, bleibt verborgen, und nichts wird länger aufbewahrt als nötig.',
  retention: 'Wie lange aufbewahrt wird',
  retentionHelp: 'Was älter ist, wird innerhalb einer Stunde endgültig gelöscht.',
  handovers: 'Wechsel (Tage)',
  handoversHelp: 'Sie sagen am meisten über Personen, darum gehen sie zuerst.',
  events: 'Ereignisse der Haushalte (Tage)',
  eventsHelp: 'Verbindungen, Neustarts, Ablehnungen.',
  subscribers: 'Versiegelte Identitäten (Tage)',
  subscribersHelp: 'Was das Aufdecken braucht. Danach kann niemand mehr erfahren, wer ein Pseudonym war.',
  audit: 'Protokoll (Tage)',
  auditHelp: 'Wer was getan hat. So lange, wie das Recht es verlangt.',
  pseudonyms: 'Pseudonyme',
  rotate: 'Ein neues Pseudonym alle (Tage)',
  rotateHelp: 'Je kürzer, desto weniger verrät es über Gewohnheiten; je länger, desto leichter lässt sich ein Fehler verfolgen.',
  epoch: (when, next) => `Die jetzigen Pseudonyme begannen ${when}; neue kommen ${next}.`,
  positions: 'Karte und kleine Gruppen',
  fuzz: 'Haushalte auf der Karte verschieben um bis zu (m)',
  fuzzHelp: '0 zeigt sie, wo sie sind. Derselbe Haushalt wird immer gleich verschoben.',
  smallest: 'Kleinste gezeigte Gruppe',
  smallestHelp: 'Ein Weg zwischen zwei Haushalten erscheint im Graphen erst, wenn ihn so viele Teilnehmer gegangen sind.',
  saved: 'Die Einstellungen sind gespeichert.',
  unsaved: 'Noch nicht gespeichert',
  reset: 'Verwerfen',
};
