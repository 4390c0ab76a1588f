import { forms, type Translated } from '../catalogue.ts';
import type { audit as english } from '../en/audit.ts';

const { count, number } = forms('es');

export const audit: Translated<typeof english> = {
  subtitle: 'Todo lo que alguien cambió o reveló. Solo se pueden añadir entradas.',
  notYours: 'La auditoría es para operadores y propietarios',
  none: 'Nadie ha cambiado nada todavía',
  noneHelp: 'Aquí aparecerán altas, documentos, despliegues, órdenes, revelaciones e inicios de sesión.',
  older: 'Mostrar anteriores',
  shown: (n, total) => `${number(n)} de ${count(total, '# entrada', '# entradas')}`,
  number: 'N.º',
  when: 'Cuándo',
  who: 'Quién',
  nobody: 'nadie con sesión',
  action: 'Acción',
  target: 'Sobre',
  hash: 'Hash de esta entrada y de todas las anteriores (SHA-256)',
  anybody: 'Cualquiera',
  anything: 'Cualquier acción',
  anyTarget: 'Todo',
  from: 'Desde',
  to: 'Hasta',
  verify: 'Verificar el registro',
  verifyHelp: 'Cada entrada lleva un hash de la anterior: cualquier cambio se nota.',
  whole: (n) => `${count(n, '# entrada', '# entradas')}, todas como se escribieron, sin que falte ninguna.`,
  broken: (n) => `El registro está alterado en la entrada ${n}.`,
  brokenHelp: 'Guarde una copia del almacén tal como está y compárela con su última copia de seguridad o exportación.',
  export: 'Exportar todo',
  entry: (n) => `Entrada ${number(n)}`,
  noEntry: 'Esta entrada no existe: puede haberse purgado, como dicen los ajustes.',
  noChange: 'No cambió ningún valor guardado.',
  sameTarget: 'Todo sobre lo mismo',
};
