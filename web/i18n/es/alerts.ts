import type { Translated } from '../catalogue.ts';
import type { alerts as english } from '../en/alerts.ts';

export const alerts: Translated<typeof english> = {
  subtitle: 'Qué falla, por qué y qué hacer.',
  open: 'Abiertas',
  past: 'Pasadas',
  none: 'Nada requiere atención',
  noneHelp: 'Cuando un hogar se quede sin conexión, se rechace un documento o los traspasos se vuelvan lentos, aparecerá aquí con lo que hay que hacer.',
  nonePast: 'Todavía no ha terminado ninguna alerta',
  nonePastHelp: 'Lo que termina se conserva aquí el tiempo que digan los ajustes.',
  acknowledge: 'Vista',
  acknowledged: 'Anotado: los demás ven que usted lo sabe',
  seenBy: (name) => `Vista por ${name}`,
  ended: (at) => `terminada: ${at}`,
  openHome: 'Abrir el hogar',
  openLma: 'Abrir el ancla',
};
