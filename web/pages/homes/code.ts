/** What people type of a claim code: eight characters of Crockford's base32, shown in two groups of four. */
const LENGTH = 8;
/** Crockford: these are read as digits. */
const READ_AS: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' };

/** @returns `text` as it is shown while it is typed; `complete` when all eight are there */
export function codeOf(typed: string): { readonly text: string; readonly complete: string | undefined } {
  const characters = typed.toUpperCase().split('').map((c) => READ_AS[c] ?? c).filter((c) => /[0-9A-HJKMNP-TV-Z]/.test(c)).slice(0, LENGTH);
  const code = characters.join('');
  return { text: code.length > 4 ? `${code.slice(0, 4)}-${code.slice(4)}` : code, complete: code.length === LENGTH ? code : undefined };
}
