import type { Translated } from '../catalogue.ts';
import type { settings as english } from '../en/settings.ts';

export const settings: Translated<typeof english> = {
  subtitle: 'Qui est qui reste caché, et rien n’est gardé plus longtemps que nécessaire.',
  retention: 'Durée de conservation',
  retentionHelp: 'Ce qui est plus ancien est supprimé pour de bon dans l’heure.',
  handovers: 'Transferts (jours)',
  handoversHelp: 'Ce sont eux qui en disent le plus sur les personnes, ils partent donc les premiers.',
  events: 'Événements des foyers (jours)',
  eventsHelp: 'Connexions, redémarrages, refus.',
  subscribers: 'Identités scellées (jours)',
  subscribersHelp: 'Ce qu’il faut pour révéler. Ensuite, plus personne ne peut savoir qui était un pseudonyme.',
  audit: 'Journal d’audit (jours)',
  auditHelp: 'Qui a fait quoi. Gardez-le aussi longtemps que votre droit l’exige.',
  pseudonyms: 'Pseudonymes',
  rotate: 'Nouveau pseudonyme tous les (jours)',
  rotateHelp: 'Plus c’est court, moins on apprend des habitudes ; plus c’est long, plus une panne est facile à suivre.',
  epoch: (when, next) => `Les pseudonymes actuels ont commencé ${when} ; les nouveaux viennent ${next}.`,
  positions: 'Carte et petits groupes',
  fuzz: 'Décaler les foyers sur la carte de (m) au plus',
  fuzzHelp: '0 les montre à leur place. Un même foyer est toujours décalé de la même façon.',
  smallest: 'Plus petit groupe affiché',
  smallestHelp: 'Un chemin entre deux foyers n’apparaît dans le graphe que si autant d’abonnés l’ont pris.',
  saved: 'Les réglages sont enregistrés.',
  unsaved: 'Pas encore enregistré',
  reset: 'Annuler les modifications',
};
