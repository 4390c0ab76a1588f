import { forms, type Translated } from '../catalogue.ts';
import type { now as english } from '../en/now.ts';

const { count, number } = forms('fr');

export const now: Translated<typeof english> = {
  noHomes: 'Pas encore de foyer',
  noHomesHelp: 'Installez l’agent sur un routeur, démarrez-le et ajoutez-le avec le code qu’il affiche dans son journal et par roamstead agent status.',
  missing: 'Certains chiffres sont incomplets, car ces composants ne répondent pas :',
  homesOnline: 'Foyers en ligne',
  offline: (off, total) => `${number(off)} sur ${number(total)} pas en ligne`,
  allOnline: 'tous',
  attachedNow: 'rattachés en ce moment',
  handoversPerMinute: 'Transferts par minute',
  success: 'Réussite',
  fiveMinutes: 'cinq dernières minutes',
  median: 'Durée d’un transfert',
  slower: (p90, p99) => `90 % : ${p90} · 99 % : ${p99}`,
  alerts: (n) => (n === 0 ? 'Alertes' : count(n, '# alerte', '# alertes')),
  allAlerts: 'Toutes les alertes',
  noAlerts: 'Rien ne demande votre attention.',
  ticker: 'Derniers transferts',
  held: 'Figé tant que vous regardez',
  failed: 'échec',
  quiet: 'Aucun transfert depuis une heure',
  quietHelp: 'Dès que quelqu’un passe d’un foyer à un autre, cela apparaît ici.',
  handoversChart: 'Transferts, dernière heure',
  timeChart: 'Durée des transferts, dernière heure',
  successChart: 'Réussite, dernière heure',
  subscribersChart: 'Abonnés, dernière heure',
  homesChart: 'Foyers en ligne, dernière heure',
  perMinute: 'par minute',
  half: 'la moitié sont plus rapides',
  slowest: '99 sur 100 sont plus rapides',
};
