import { forms, type Translated } from '../catalogue.ts';
import type { map as english } from '../en/map.ts';

const { count } = forms('es');

export const map: Translated<typeof english> = {
  subtitle: 'Las posiciones están desplazadas a propósito unos cientos de metros, siempre igual, para que nadie encuentre una puerta con ellas.',
  views: 'Vistas',
  view: { map: 'Mapa', graph: 'Grafo', list: 'Lista' },
  label: (n) => count(n, 'Mapa con # hogar', 'Mapa con # hogares'),
  keys: 'Las flechas van de hogar en hogar, Mayús con flechas mueve el mapa, más y menos amplían y reducen, cero lo muestra todo. La pestaña Lista dice lo mismo con palabras.',
  empty: 'Todavía no hay hogares en la flota',
  emptyHelp: 'Incorpore una pasarela en Hogares: aparece enseguida en el grafo y, en cuanto tenga posición, en el mapa.',
  zoomIn: 'Ampliar',
  zoomOut: 'Reducir',
  whole: 'Mostrar todo',
  layers: { neighbours: 'Hogares al alcance', moves: 'Traspasos de la última hora', tunnels: 'Túneles a las anclas' },
  legend: { walker: 'Abonado en traspaso', failed: 'Traspaso fallido', size: 'Cuanto mayor, más abonados' },
  goesTo: 'Los abonados siguen hacia',
  unplaced: (n) => count(n, '# hogar no tiene posición y solo está en el grafo y en la lista. Désela en su página.', '# hogares no tienen posición y solo están en el grafo y en la lista. Désela en sus páginas.'),
  list: { neighbours: 'Al alcance', came: 'Llegaron (1 h)', went: 'Se fueron (1 h)', mostlyTo: 'Sobre todo a' },
};
