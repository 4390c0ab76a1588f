import { forms, type Translated } from '../catalogue.ts';
import type { audit as english } from '../en/audit.ts';

const { count, number } = forms('fr');

export const audit: Translated<typeof english> = {
  subtitle: 'Tout ce que quelqu’un a modifié ou révélé. On ne peut qu’ajouter des entrées.',
  notYours: 'Le journal d’audit est réservé aux opérateurs et aux propriétaires',
  none: 'Personne n’a encore rien modifié',
  noneHelp: 'Ajouts, documents, déploiements, commandes, révélations et connexions figureront ici.',
  older: 'Afficher les précédentes',
  shown: (n, total) => `${number(n)} sur ${count(total, '# entrée', '# entrées')}`,
  number: 'N°',
  when: 'Quand',
  who: 'Qui',
  nobody: 'personne de connecté',
  action: 'Action',
  target: 'Sur',
  hash: 'Empreinte de cette entrée et de toutes les précédentes (SHA-256)',
  anybody: 'Tout le monde',
  anything: 'Toutes les actions',
  anyTarget: 'Tout',
  from: 'Du',
  to: 'Au',
  verify: 'Vérifier le journal',
  verifyHelp: 'Chaque entrée porte une empreinte de la précédente : toute modification se voit.',
  whole: (n) => `${count(n, '# entrée', '# entrées')}, toutes telles qu’écrites, aucune ne manque.`,
  broken: (n) => `Le journal est altéré à l’entrée ${n}.`,
  brokenHelp: 'Conservez une copie du stockage en l’état et comparez-la à votre dernière sauvegarde ou à votre dernier export.',
  export: 'Tout exporter',
  entry: (n) => `Entrée ${number(n)}`,
  noEntry: 'Cette entrée n’existe pas : elle a peut-être été purgée, comme le disent les réglages.',
  noChange: 'Aucune valeur enregistrée n’a changé.',
  sameTarget: 'Tout à ce sujet',
};
