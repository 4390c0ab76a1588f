/** FreeRADIUS's detail files: a record per packet, an attribute per line. Pure. */

/** Attribute names to their values as FreeRADIUS prints them, strings without their quotes. */
export type DetailRecord = Readonly<Record<string, readonly string[]>>;

/** Of a file that is being written, the last record may be unfinished: it is left out, as a record ends with an empty line. */
export function detailRecords(text: string): DetailRecord[] {
  return text.split('\n\n').slice(0, -1).map((block) => {
    const record: Record<string, string[]> = {};
    for (const line of block.split('\n')) {
      const [, name, value] = /^\t([\w-]+) \+?= (.*)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) (record[name] ??= []).push(unquoted(value));
    }
    return record;
  });
}

/** FreeRADIUS escapes with a backslash and quotes what is text. */
export const unquoted = (value: string): string => (value.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value);
