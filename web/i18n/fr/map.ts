import { forms, type Translated } from '../catalogue.ts';
import type { map as english } from '../en/map.ts';

const { count } = forms('fr');

export const map: Translated<typeof english> = {
  subtitle: 'Les positions sont décalées exprès de quelques centaines de mètres, toujours de la même façon, pour que personne n’y trouve une porte.',
  views: 'Vues',
  view: { map: 'Carte', graph: 'Graphe', list: 'Liste' },
  label: (n) => count(n, 'Carte avec # foyer', 'Carte avec # foyers'),
  keys: 'Les flèches vont de foyer en foyer, Maj avec une flèche déplace la carte, plus et moins zooment, zéro montre tout. L’onglet Liste dit la même chose en mots.',
  empty: 'Aucun foyer dans la flotte pour l’instant',
  emptyHelp: 'Rattachez une passerelle sous Foyers : elle apparaît aussitôt dans le graphe, et sur la carte dès qu’elle a une position.',
  zoomIn: 'Zoom avant',
  zoomOut: 'Zoom arrière',
  whole: 'Tout montrer',
  layers: { neighbours: 'Foyers à portée', moves: 'Transferts de la dernière heure', tunnels: 'Tunnels vers les ancres' },
  legend: { walker: 'Abonné en transfert', failed: 'Transfert échoué', size: 'Plus grand, plus d’abonnés' },
  goesTo: 'Les abonnés vont ensuite chez',
  unplaced: (n) => count(n, '# foyer n’a pas de position et ne figure que dans le graphe et la liste. Donnez-la-lui sur sa page.', '# foyers n’ont pas de position et ne figurent que dans le graphe et la liste. Donnez-la-leur sur leurs pages.'),
  list: { neighbours: 'À portée', came: 'Arrivés (1 h)', went: 'Partis (1 h)', mostlyTo: 'Surtout vers' },
};
