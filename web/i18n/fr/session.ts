import type { Translated } from '../catalogue.ts';
import type { session as english } from '../en/session.ts';

export const session: Translated<typeof english> = {
  title: 'Connexion',
  text: 'Foyers, abonnés et transferts de cette flotte.',
  name: 'Nom',
  password: 'Mot de passe',
  signIn: 'Se connecter',
  setUpNeeded: 'Personne ne peut encore se connecter. À son démarrage, le cloud a écrit un lien à usage unique dans son journal : ouvrez-le pour créer le premier compte.',
  setUpTitle: 'Mise en service',
  setUpText: 'Vous êtes la première personne ici. Créez le compte du propriétaire ; les autres s’ajoutent sous « Accès ».',
  passwordHelp: 'Au moins 12 caractères. Quelques mots qui ne vont ensemble que pour vous conviennent bien.',
  tooShort: (least) => `Au moins ${least} caractères`,
  again: 'Mot de passe, encore une fois',
  differs: 'Les deux mots de passe diffèrent',
  create: 'Créer le compte',
};
