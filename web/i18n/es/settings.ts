import type { Translated } from '../catalogue.ts';
import type { settings as english } from '../en/settings.ts';

export const settings: Translated<typeof english> = {
  subtitle: 'Quién es quién queda oculto, y nada se guarda más de lo necesario.',
  retention: 'Cuánto tiempo se conserva',
  retentionHelp: 'Lo más antiguo se elimina para siempre en menos de una hora.',
  handovers: 'Traspasos (días)',
  handoversHelp: 'Son lo que más dice de las personas, así que se van primero.',
  events: 'Sucesos de los hogares (días)',
  eventsHelp: 'Conexiones, reinicios, rechazos.',
  subscribers: 'Identidades selladas (días)',
  subscribersHelp: 'Lo que hace falta para revelar. Después nadie podrá saber quién era un seudónimo.',
  audit: 'Registro de auditoría (días)',
  auditHelp: 'Quién hizo qué. Consérvelo lo que pida su ley.',
  pseudonyms: 'Seudónimos',
  rotate: 'Un seudónimo nuevo cada (días)',
  rotateHelp: 'Cuanto más corto, menos se aprende de los hábitos; cuanto más largo, más fácil es seguir un fallo.',
  epoch: (when, next) => `Los seudónimos actuales empezaron ${when}; los nuevos llegan ${next}.`,
  positions: 'Mapa y grupos pequeños',
  fuzz: 'Desplazar los hogares en el mapa hasta (m)',
  fuzzHelp: '0 los muestra donde están. El mismo hogar se desplaza siempre igual.',
  smallest: 'Grupo más pequeño que se muestra',
  smallestHelp: 'Un camino entre dos hogares aparece en el grafo solo cuando lo han recorrido tantos abonados.',
  saved: 'Los ajustes se han guardado.',
  unsaved: 'Sin guardar',
  reset: 'Deshacer',
};
