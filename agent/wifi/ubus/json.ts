/** What a method takes and returns, between JSON's values and blobmsg's fields, as libubox's blobmsg_json has them. */
import type { Table, Value } from './blobmsg.ts';

const INT32 = 2 ** 31;

/** Whole numbers as narrow as they fit: whoever reads them takes 32 bits for signed. Undefined is left out, as in JSON. */
export function fromJson(given: object): Table {
  return new Map(Object.entries(given).flatMap(([name, value]: [string, unknown]): [string, Value][] => (value === undefined ? [] : [[name, valueOf(value)]])));
}

function valueOf(given: unknown): Value {
  if (typeof given === 'string') return { type: 'string', value: given.replaceAll('\0', '') };
  if (typeof given === 'boolean') return { type: 'int8', value: given ? 1 : 0 };
  if (typeof given === 'number') return numberOf(given);
  if (Array.isArray(given)) return { type: 'array', value: given.map(valueOf) };
  if (typeof given === 'object' && given !== null) return { type: 'table', value: fromJson(given) };
  return { type: 'unspecified', value: new Uint8Array() };
}

function numberOf(given: number): Value {
  if (!Number.isSafeInteger(given)) return { type: 'double', value: given };
  return given >= -INT32 && given < INT32 ? { type: 'int32', value: given >>> 0 } : { type: 'int64', value: BigInt.asUintN(64, BigInt(given)) };
}

/** Of arguments that hold texts and numbers; others have no place in a request here and are left out. */
export function toJson(given: Table): Record<string, string | number> {
  const fields = [...given].flatMap(([name, { type, value }]): [string, string | number][] => {
    if (type === 'string' || type === 'double' || type === 'int8' || type === 'int16') return [[name, value]];
    if (type === 'int32') return [[name, value | 0]];
    return type === 'int64' ? [[name, Number(BigInt.asIntN(64, value))]] : [];
  });
  return Object.fromEntries(fields);
}
