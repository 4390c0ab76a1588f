import { forms, type Translated } from '../catalogue.ts';
import type { map as english } from '../en/map.ts';

const { count } = forms('de');

export const map: Translated<typeof english> = {
  subtitle: 'Die Standorte sind absichtlich um einige hundert Meter verschoben, immer auf dieselbe Weise, damit niemand danach eine Haustür findet.',
  views: 'Ansichten',
  view: { map: 'Karte', graph: 'Graph', list: 'Liste' },
  label: (n) => count(n, 'Karte mit # Haushalt', 'Karte mit # Haushalten'),
  keys: 'Pfeiltasten gehen von Haushalt zu Haushalt, Umschalt mit Pfeiltasten verschiebt die Karte, Plus und Minus zoomen, Null zeigt alles. Der Reiter Liste sagt dasselbe in Worten.',
  empty: 'Noch gehört kein Haushalt zur Flotte',
  emptyHelp: 'Nehmen Sie unter Haushalte ein Gateway auf: Im Graphen erscheint es sofort, auf der Karte, sobald es einen Standort hat.',
  zoomIn: 'Vergrößern',
  zoomOut: 'Verkleinern',
  whole: 'Alles zeigen',
  layers: { neighbours: 'Haushalte in Hörweite', moves: 'Wechsel der letzten Stunde', tunnels: 'Tunnel zu den Ankern' },
  legend: { walker: 'Teilnehmer wechselt gerade', failed: 'Gescheiterter Wechsel', size: 'Je größer, desto mehr Teilnehmer' },
  goesTo: 'Teilnehmer gehen weiter zu',
  unplaced: (n) => count(n, '# Haushalt hat keinen Standort und steht nur im Graphen und in der Liste. Den Standort setzt man auf seiner Seite.', '# Haushalte haben keinen Standort und stehen nur im Graphen und in der Liste. Den Standort setzt man auf ihren Seiten.'),
  list: { neighbours: 'In Hörweite', came: 'Gekommen (1 h)', went: 'Gegangen (1 h)', mostlyTo: 'Meist zu' },
};
