/** libubox's `blobmsg`: named, typed fields in blob attributes; what methods of ubus objects take and return. */
import { decode, DecodeError, encode, octets, Reader, u16, u32, u64, u8, Writer, type Codec } from '../../../protocol/codec.ts';
import { attribute, cString, padding, skipPadding } from './blob.ts';

/** A map, because the names come from elsewhere and `__proto__` may be among them. Of a repeated name the last counts. */
export type Table = ReadonlyMap<string, Value>;
export type Value =
  | { readonly type: 'unspecified'; readonly value: Uint8Array }
  | { readonly type: 'array'; readonly value: readonly Value[] }
  | { readonly type: 'table'; readonly value: Table }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int64'; readonly value: bigint }
  /** Unsigned, as on the wire. `int8` is the boolean as well. */
  | { readonly type: 'int32' | 'int16' | 'int8' | 'double'; readonly value: number };

/** Types by number. */
const TYPES = ['unspecified', 'array', 'table', 'string', 'int64', 'int32', 'int16', 'int8', 'double'] as const satisfies Value['type'][];

const view = new DataView(new ArrayBuffer(8));
const double: Codec<number> = {
  size: 8,
  read(r) {
    view.setBigUint64(0, u64.read(r));
    return view.getFloat64(0);
  },
  write(w, value) {
    view.setFloat64(0, value);
    u64.write(w, view.getBigUint64(0));
  },
};

/** Layouts of what is not made of further fields. */
const SCALARS = { unspecified: octets(), string: cString, int64: u64, int32: u32, int16: u16, int8: u8, double } as const;

/** Deeper than anything that hostapd says: the stack is not for others to fill. */
const DEEPEST = 16;
const NAME_LENGTH = 2;

function readValue(type: Value['type'], r: Reader, depth: number): Value {
  if (depth > DEEPEST) throw new DecodeError('value', `fields are nested more than ${DEEPEST} deep`);
  switch (type) {
    case 'table':
      return { type, value: readTable(r, depth) };
    case 'array': {
      const value: Value[] = [];
      while (r.remaining > 0) value.push(readField(r, depth + 1).value);
      return { type, value };
    }
    default: {
      const value = SCALARS[type].read(r);
      r.finish();
      return { type, value } as Value;
    }
  }
}

/** An array's items need no name, and then no room for one. */
function readField(r: Reader, depth: number): { readonly name: string; readonly value: Value } {
  const { id, extended, payload } = attribute.read(r);
  const type = TYPES[id];
  if (!type) throw new DecodeError('unknown-type', `a field has type ${id}`);
  const inner = new Reader(payload);
  let name = '';
  if (extended) {
    const length = inner.uint(NAME_LENGTH) + 1;
    name = decode(cString, inner.take(length));
    skipPadding(inner, NAME_LENGTH + length);
  }
  return { name, value: readValue(type, inner, depth) };
}

function readTable(r: Reader, depth: number): Table {
  const fields = new Map<string, Value>();
  while (r.remaining > 0) {
    const { name, value } = readField(r, depth + 1);
    fields.set(name, value);
  }
  return fields;
}

function writeField(w: Writer, name: string, field: Value): void {
  const inner = new Writer();
  const octets = encode(cString, name);
  inner.uint(octets.length - 1, NAME_LENGTH);
  inner.bytes(octets);
  inner.zeros(padding(NAME_LENGTH + octets.length));
  if (field.type === 'table') table.write(inner, field.value);
  else if (field.type === 'array') for (const item of field.value) writeField(inner, '', item);
  else (SCALARS[field.type] as Codec<unknown>).write(inner, field.value);
  attribute.write(w, { id: TYPES.indexOf(field.type), extended: true, payload: inner.finish() });
}

/** Fields one after the other, to the end of the window. */
export const table: Codec<Table> = {
  read: (r) => readTable(r, 0),
  write: (w, fields) => {
    for (const [name, value] of fields) writeField(w, name, value);
  },
};

const isTable = (v: Value | undefined): v is Extract<Value, { type: 'table' }> => v?.type === 'table';

/** Fields of one type; absent or of another type is undefined, or nothing of it. */
export const textAt = (t: Table, name: string): string | undefined => {
  const v = t.get(name);
  return v?.type === 'string' ? v.value : undefined;
};
/** Whole numbers of any width below 64 bits, and booleans as 0 or 1. */
export const numberAt = (t: Table, name: string): number | undefined => {
  const v = t.get(name);
  return v?.type === 'int32' || v?.type === 'int16' || v?.type === 'int8' ? v.value : undefined;
};
export const tableAt = (t: Table, name: string): Table | undefined => {
  const v = t.get(name);
  return isTable(v) ? v.value : undefined;
};
export const tablesAt = (t: Table, name: string): readonly Table[] => {
  const v = t.get(name);
  return v?.type === 'array' ? v.value.filter(isTable).map((item) => item.value) : [];
};

/** For building: `fields({ addr: string('02:..'), reason: int32(5) })` */
export const fields = (all: Readonly<Record<string, Value>>): Table => new Map(Object.entries(all));
export const string = (value: string): Value => ({ type: 'string', value });
export const int32 = (value: number): Value => ({ type: 'int32', value });
export const boolean = (value: boolean): Value => ({ type: 'int8', value: value ? 1 : 0 });
