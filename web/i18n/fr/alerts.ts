import type { Translated } from '../catalogue.ts';
import type { alerts as english } from '../en/alerts.ts';

export const alerts: Translated<typeof english> = {
  subtitle: 'Ce qui ne va pas, pourquoi, et que faire.',
  open: 'En cours',
  past: 'Passées',
  none: 'Rien ne demande votre attention',
  noneHelp: 'Quand un foyer est hors ligne, qu’un document est rejeté ou que les transferts ralentissent, cela figure ici avec ce qu’il faut faire.',
  nonePast: 'Aucune alerte n’est encore terminée',
  nonePastHelp: 'Ce qui est terminé reste ici aussi longtemps que le disent les réglages.',
  acknowledge: 'Vu',
  acknowledged: 'Noté : les autres voient que vous êtes au courant',
  seenBy: (name) => `Vu par ${name}`,
  ended: (at) => `terminée depuis ${at}`,
  openHome: 'Ouvrir le foyer',
  openLma: 'Ouvrir l’ancre',
};
