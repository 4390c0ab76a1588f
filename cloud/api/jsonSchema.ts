/** A Valibot schema as JSON Schema 2020-12, which is the dialect of OpenAPI 3.1. */
import { toJsonSchema, type ConversionConfig } from '@valibot/to-json-schema';
import type * as v from 'valibot';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** They say nothing that JSON Schema has a word for. */
const WITHOUT_WORDS = ['trim', 'trim_start', 'trim_end', 'to_lower_case', 'to_upper_case', 'normalize', 'readonly', 'check', 'check_items', 'raw_check', 'partial_check', 'transform', 'raw_transform', 'brand', 'finite'];

/**
 * @param side what a client sends (`input`) or what a handler gets (`output`, where a query's text has become a number)
 * @throws Error for a schema that has no JSON Schema, when `strict`; otherwise that part says nothing
 */
export function jsonSchemaOf(schema: v.GenericSchema, side: 'input' | 'output', strict: boolean): JsonSchema {
  const config: ConversionConfig = {
    target: 'draft-2020-12',
    typeMode: side,
    errorMode: strict ? 'throw' : 'ignore',
    ignoreActions: WITHOUT_WORDS,
    // A pattern of JSON Schema is Unicode's anyway.
    overrideAction: ({ valibotAction, jsonSchema }) => (valibotAction.type === 'regex' && 'requirement' in valibotAction && valibotAction.requirement instanceof RegExp && valibotAction.requirement.flags === 'u' ? { ...jsonSchema, pattern: valibotAction.requirement.source } : undefined),
    overrideSchema: ({ valibotSchema }) => {
      const { type, key, value } = valibotSchema as { readonly type: string; readonly key?: { readonly type: string; readonly options?: readonly string[] }; readonly value?: v.GenericSchema };
      return type === 'record' && key?.type === 'picklist' && value ? { type: 'object', propertyNames: { enum: [...(key.options ?? [])] }, additionalProperties: jsonSchemaOf(value, side, strict) } : undefined;
    },
  };
  const { $schema: _, $defs, ...rest } = toJsonSchema(schema, config);
  if ($defs && strict) throw new Error('a schema that contains itself cannot be written here');
  return rest;
}
