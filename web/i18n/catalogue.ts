/** What a language has to say: the shape of the English one. A missing or a surplus message is a type error. */
import type { en } from './en/index.ts';

/** The same keys with any words; a message with values in it keeps its arguments. */
export type Translated<T> = { readonly [K in keyof T]: T[K] extends string ? string : T[K] extends (...given: infer A) => string ? (...given: A) => string : Translated<T[K]> };
export type Catalogue = Translated<typeof en>;

/** `count(2, '# home', '# homes')`: the form of the language for this number, `#` being the number as it writes it. */
export function forms(locale: string): { readonly count: (n: number, one: string, other: string) => string; readonly number: (n: number) => string } {
  const rules = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  return { count: (n, one, other) => (rules.select(n) === 'one' ? one : other).replace('#', numbers.format(n)), number: (n) => numbers.format(n) };
}
