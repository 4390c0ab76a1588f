/** As much of JSON Schema (2020-12) as the OpenAPI document uses. A key that a schema does not name is a fault: answers say no more than is written. */
type Schema = Readonly<Record<string, unknown>>;

/** @returns the faults, a line each. @throws Error for a word of JSON Schema that is not known here */
export function faultsOf(schema: Schema, value: unknown, components: Readonly<Record<string, Schema>> = {}, path = '$'): string[] {
  const faults: string[] = [];
  const inner = (of: unknown, at: unknown, where: string): string[] => faultsOf(of as Schema, at, components, where);
  const complain = (bad: boolean, text: string): void => void (bad && faults.push(`${path}: ${text}`));
  for (const [word, said] of Object.entries(schema)) {
    switch (word) {
      case '$ref':
        faults.push(...inner(components[(said as string).replace('#/components/schemas/', '')] ?? { type: 'missing' }, value, path));
        break;
      case 'type':
        complain(!([said].flat() as string[]).some((t) => isOf(t, value)), `expected ${String(said)}, found ${JSON.stringify(value)}`);
        break;
      case 'const':
        complain(value !== said, `expected ${JSON.stringify(said)}, found ${JSON.stringify(value)}`);
        break;
      case 'enum':
        complain(!(said as unknown[]).includes(value), `expected one of ${JSON.stringify(said)}, found ${JSON.stringify(value)}`);
        break;
      case 'anyOf':
      case 'oneOf': {
        const tried = (said as unknown[]).map((s) => inner(s, value, path));
        if (!tried.some((f) => f.length === 0)) faults.push(...(tried.toSorted((a, b) => a.length - b.length)[0] ?? []));
        break;
      }
      case 'allOf':
        for (const part of said as unknown[]) faults.push(...inner({ additionalProperties: true, ...(part as Schema) }, value, path));
        break;
      case 'properties':
      case 'additionalProperties':
        break;
      case 'required':
        for (const key of said as string[]) complain(isObject(value) && value[key] === undefined, `${key} is missing`);
        break;
      case 'propertyNames':
        if (isObject(value)) for (const key of Object.keys(value)) faults.push(...inner(said, key, `${path}.${key} (name)`));
        break;
      case 'items':
        if (Array.isArray(value)) value.forEach((item, i) => faults.push(...inner(said, item, `${path}[${i}]`)));
        break;
      case 'prefixItems':
        (said as unknown[]).forEach((s, i) => Array.isArray(value) && faults.push(...inner(s, value[i], `${path}[${i}]`)));
        break;
      case 'pattern':
        complain(typeof value === 'string' && !new RegExp(said as string, 'u').test(value), `expected ${String(said)}, found ${JSON.stringify(value)}`);
        break;
      case 'minLength':
      case 'minItems':
        complain((typeof value === 'string' || Array.isArray(value)) && value.length < (said as number), `shorter than ${String(said)}`);
        break;
      case 'maxLength':
      case 'maxItems':
        complain((typeof value === 'string' || Array.isArray(value)) && value.length > (said as number), `longer than ${String(said)}`);
        break;
      case 'minimum':
        complain(typeof value === 'number' && value < (said as number), `less than ${String(said)}`);
        break;
      case 'maximum':
        complain(typeof value === 'number' && value > (said as number), `more than ${String(said)}`);
        break;
      case 'not':
        complain(Object.keys(said as Schema).length === 0, 'expected nothing');
        break;
      case 'default':
      case 'title':
      case 'description':
      case 'format':
        break;
      default:
        throw new Error(`${path}: this checker does not know ${word}`);
    }
  }
  return [...faults, ...keyFaults(schema, value, inner, path)];
}

function keyFaults(schema: Schema, value: unknown, inner: (of: unknown, at: unknown, where: string) => string[], path: string): string[] {
  if (!isObject(value) || (schema['properties'] === undefined && schema['additionalProperties'] === undefined)) return [];
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const others = schema['additionalProperties'] ?? false;
  return Object.entries(value).flatMap(([key, held]) => {
    const of = properties[key] ?? others;
    if (of === true || held === undefined) return [];
    return of === false ? [`${path}: ${key} is not in the schema`] : inner(of, held, `${path}.${key}`);
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

function isOf(type: string, value: unknown): boolean {
  if (type === 'object') return isObject(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'null') return value === null;
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
