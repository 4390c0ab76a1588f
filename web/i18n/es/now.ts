import { forms, type Translated } from '../catalogue.ts';
import type { now as english } from '../en/now.ts';

const { count, number } = forms('es');

export const now: Translated<typeof english> = {
  noHomes: 'Aún no hay hogares',
  noHomesHelp: 'Instale el agente en un router, arránquelo y añádalo con el código que muestra en su registro y con roamstead agent status.',
  missing: 'Algunas cifras están incompletas porque estos componentes no responden:',
  homesOnline: 'Hogares en línea',
  offline: (off, total) => `${number(off)} de ${number(total)} sin conexión`,
  allOnline: 'todos',
  attachedNow: 'conectados ahora',
  handoversPerMinute: 'Traspasos por minuto',
  success: 'Éxito',
  fiveMinutes: 'últimos cinco minutos',
  median: 'Duración del traspaso',
  slower: (p90, p99) => `90 %: ${p90} · 99 %: ${p99}`,
  alerts: (n) => (n === 0 ? 'Alertas' : count(n, '# alerta', '# alertas')),
  allAlerts: 'Todas las alertas',
  noAlerts: 'Nada requiere atención.',
  ticker: 'Últimos traspasos',
  held: 'Detenido mientras mira',
  failed: 'fallido',
  quiet: 'Ningún traspaso en la última hora',
  quietHelp: 'En cuanto alguien pase de un hogar a otro, aparecerá aquí.',
  handoversChart: 'Traspasos, última hora',
  timeChart: 'Duración de los traspasos, última hora',
  successChart: 'Éxito, última hora',
  subscribersChart: 'Abonados, última hora',
  homesChart: 'Hogares en línea, última hora',
  perMinute: 'por minuto',
  half: 'la mitad tarda menos',
  slowest: '99 de cada 100 tardan menos',
};
