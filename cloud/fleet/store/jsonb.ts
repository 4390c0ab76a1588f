/** JSON that PostgreSQL's jsonb cannot hold (U+0000, half surrogates), in a form that it can: such a character becomes a mark and four hex digits. */

/** Of the private use area; itself written as the others are. */
const MARK = '\ue0ff';
// eslint-disable-next-line no-control-regex
const ODD = /[\u0000\ue0ff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const MARKED = new RegExp(`${MARK}([0-9a-f]{4})`, 'g');

export const encodeText = (text: string): string => text.replace(ODD, (c) => MARK + c.charCodeAt(0).toString(16).padStart(4, '0'));
const decodeText = (text: string): string => text.replace(MARKED, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

function mapped(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapped(item, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [map(key), mapped(member, map)]));
}

/** @param text JSON as JSON.stringify writes it, which has such characters as escapes */
export const toJsonb = (text: string): string => (text.includes(MARK) || text.includes('\\u0000') || text.includes('\\ud') ? JSON.stringify(mapped(JSON.parse(text), encodeText)) : text);

export const fromJsonb = (text: string): unknown => (text.includes(MARK) ? mapped(JSON.parse(text), decodeText) : JSON.parse(text));
