import { forms, type Translated } from '../catalogue.ts';
import type { homes as english } from '../en/homes.ts';

const { count } = forms('es');

export const homes: Translated<typeof english> = {
  add: 'Añadir un hogar',
  addThis: 'Añadir este hogar',
  subtitle: 'Cada router que comparte su wifi con la comunidad.',
  waiting: (n) => count(n, '# pasarela espera a ser añadida', '# pasarelas esperan a ser añadidas'),
  configuration: 'Configuración',
  down: 'Bajada',
  up: 'Subida',
  lastSeen: 'Visto por última vez',
  justNow: 'ahora',
  reasons: 'Por qué',
  agent: 'Agente',
  certificate: 'Certificado hasta',
  identity: 'MAG Identifier',
  id: 'Pasarela',
  notes: 'Notas',
  anyStatus: 'Cualquier estado',
  anyGroup: 'Cualquier grupo',
  code: 'Código',
  codeHelp: 'Ocho caracteres. La pasarela los muestra, también como código QR, en su registro y con roamstead agent status.',
  name: 'Nombre del hogar',
  nameHelp: 'Como lo dirían quienes viven allí, por ejemplo Calle del Molino 12.',
  groupHelp: 'Los hogares de un grupo comparten perfiles, temporizadores y límites.',
  newGroup: 'Un grupo nuevo',
  newGroupName: 'Nombre del grupo nuevo',
  nobodyWaits: 'Ninguna pasarela pide ser añadida en este momento. Arranque el agente con su credencial de alta; aparecerá aquí en unos segundos.',
  claimMore: (agent, since) => `agente ${agent}, lo pidió ${since}`,
  added: (name) => `${name} ya forma parte de la flota`,
};
