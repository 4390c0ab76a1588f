import type { Translated } from '../catalogue.ts';
import type { session as english } from '../en/session.ts';

export const session: Translated<typeof english> = {
  title: 'Iniciar sesión',
  text: 'Hogares, abonados y traspasos de esta flota.',
  name: 'Nombre',
  password: 'Contraseña',
  signIn: 'Iniciar sesión',
  setUpNeeded: 'Aún no puede entrar nadie. Al arrancar, la nube escribió en su registro un enlace de un solo uso: ábralo para crear la primera cuenta.',
  setUpTitle: 'Puesta en marcha',
  setUpText: 'Es la primera persona aquí. Cree la cuenta del propietario; las demás se añaden en «Accesos».',
  passwordHelp: 'Al menos 12 caracteres. Van bien unas cuantas palabras que solo para usted tengan relación.',
  tooShort: (least) => `Al menos ${least} caracteres`,
  again: 'Repita la contraseña',
  differs: 'Las dos contraseñas no coinciden',
  create: 'Crear la cuenta',
};
