import { forms, type Translated } from '../catalogue.ts';
import type { homes as english } from '../en/homes.ts';

const { count } = forms('fr');

export const homes: Translated<typeof english> = {
  add: 'Ajouter un foyer',
  addThis: 'Ajouter ce foyer',
  subtitle: 'Chaque routeur qui partage son Wi-Fi avec la communauté.',
  waiting: (n) => count(n, '# passerelle attend d’être ajoutée', '# passerelles attendent d’être ajoutées'),
  configuration: 'Configuration',
  down: 'Reçu',
  up: 'Émis',
  lastSeen: 'Vu',
  justNow: 'à l’instant',
  reasons: 'Pourquoi',
  agent: 'Agent',
  certificate: 'Certificat jusqu’au',
  identity: 'MAG Identifier',
  id: 'Passerelle',
  notes: 'Notes',
  anyStatus: 'Tous les états',
  anyGroup: 'Tous les groupes',
  code: 'Code',
  codeHelp: 'Huit caractères. La passerelle les affiche, aussi en code QR, dans son journal et par roamstead agent status.',
  name: 'Nom du foyer',
  nameHelp: 'Comme le diraient ceux qui y vivent, par exemple 12 rue du Moulin.',
  groupHelp: 'Les foyers d’un groupe partagent profils, temporisateurs et limites.',
  newGroup: 'Un nouveau groupe',
  newGroupName: 'Nom du nouveau groupe',
  nobodyWaits: 'Aucune passerelle ne demande à être ajoutée pour l’instant. Démarrez l’agent avec son certificat d’enrôlement ; il apparaît ici en quelques secondes.',
  claimMore: (agent, since) => `agent ${agent}, demande faite ${since}`,
  added: (name) => `${name} fait partie de la flotte`,
};
