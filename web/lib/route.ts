/** Paths as patterns: `/homes/:id/:tab?`. Pure, so that links and matches are tested without a browser. */
export type Params = Readonly<Record<string, string>>;

/** What a pattern says about a path; undefined when it is another path. Segments that are no valid percent-encoding match nothing. */
export function match(pattern: string, path: string): Params | undefined {
  const wanted = pattern.split('/').filter(Boolean);
  const given = path.split('/').filter(Boolean);
  if (given.length > wanted.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i];
    if (!part.startsWith(':')) {
      if (part !== value) return undefined;
    } else if (value === undefined) {
      if (!part.endsWith('?')) return undefined;
    } else {
      const decoded = decode(value);
      if (decoded === undefined) return undefined;
      params[part.replace(/^:|\?$/g, '')] = decoded;
    }
  }
  return params;
}

/** The path of a pattern with these values, and a query of what is neither undefined nor empty. */
export function href(pattern: string, params: Params = {}, query: Readonly<Record<string, string | undefined>> = {}): string {
  const parts = pattern.split('/').filter(Boolean).map((part) => {
    if (!part.startsWith(':')) return part;
    const value = params[part.replace(/^:|\?$/g, '')];
    return value === undefined ? undefined : encodeURIComponent(value);
  });
  const cut = parts.indexOf(undefined);
  return `/${(cut < 0 ? parts : parts.slice(0, cut)).join('/')}${search(query)}`;
}

/** `?a=b`, or nothing. Keys are sorted, so that one state has one address. */
export function search(query: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(query).filter((e): e is [string, string] => e[1] !== undefined && e[1] !== '');
  const text = new URLSearchParams(pairs.sort(([a], [b]) => (a < b ? -1 : 1))).toString();
  return text && `?${text}`;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
