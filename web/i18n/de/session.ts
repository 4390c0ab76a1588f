import type { Translated } from '../catalogue.ts';
import type { session as english } from '../en/session.ts';

export const session: Translated<typeof english> = {
  title: 'Anmelden',
  text: 'Haushalte, Teilnehmer und Handover dieser Flotte.',
  name: 'Name',
  password: 'Passwort',
  signIn: 'Anmelden',
  setUpNeeded: 'Noch kann sich niemand anmelden. Die Cloud hat beim Start einen einmaligen Link in ihr Log geschrieben: Damit wird das erste Konto angelegt.',
  setUpTitle: 'Einrichten',
  setUpText: 'Sie sind zuerst hier. Legen Sie das Konto des Eigentümers an; weitere Personen kommen unter „Zugänge“ dazu.',
  passwordHelp: 'Mindestens 12 Zeichen. Gut sind ein paar Wörter, die nur für Sie zusammengehören.',
  tooShort: (least) => `Mindestens ${least} Zeichen`,
  again: 'Passwort wiederholen',
  differs: 'Die beiden Passwörter sind verschieden',
  create: 'Konto anlegen',
};
