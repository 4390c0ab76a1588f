import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { openApiOf, type OpenApi } from '../../../cloud/api/openapi.ts';
import { inQuery, route, shared } from '../../../cloud/api/route.ts';
import { faultsOf } from './jsonSchema.ts';
import { answerFaults, apiWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await apiWorld();
});

const sample = route({
  method: 'PATCH', path: '/homes/:id/limits/:concern', role: 'operator', summary: 'Changes a limit.', command: 'roamstead x {id}',
  params: v.object({ id: v.string(), concern: v.picklist(['timers', 'limits']) }),
  query: v.object({ limit: inQuery.limit(500), after: inQuery.text, all: inQuery.flag }),
  body: v.strictObject({ name: v.optional(shared.name), by: v.record(v.picklist(['a', 'b']), v.pipe(v.number(), v.check(() => true), v.minValue(1))) }),
  answer: shared.page(v.object({ id: v.string(), at: shared.time, of: v.nullable(v.string()) })), status: 202, errors: { 404: 'there is no such home', 409: 'a rollout is in the way' },
  handle: () => ({ items: [], total: 0 }),
});

describe('the OpenAPI document', () => {
  it('is served to anyone', async () => {
    const got = await world.ask('GET', '//api/openapi.json');
    expect(got.status).toBe(200);
    const document = got.json as OpenApi;
    expect([document.openapi, document.info['version']]).toEqual(['3.1.0', '1.2.3']);
    expect(document).toEqual(world.openApi);
  });

  it('says what a route takes and gives', () => {
    const operation = openApiOf([sample], '1', true).paths['/api/v1/homes/{id}/limits/{concern}']?.['patch'];
    expect(operation).toMatchObject({
      operationId: 'patchHomesIdLimitsConcern',
      tags: ['homes'],
      'x-role': 'operator',
      'x-command': 'roamstead x {id}',
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
        { name: 'concern', in: 'path', required: true, schema: { enum: ['timers', 'limits'] } },
        { name: 'limit', in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 500, default: '100' } },
        { name: 'after', in: 'query', required: false, schema: { type: 'string', maxLength: 500 } },
        { name: 'all', in: 'query', required: false, schema: { type: 'boolean' } },
      ],
      requestBody: { content: { 'application/json': { schema: { required: ['by'], properties: { name: { type: 'string', minLength: 1, maxLength: 100 }, by: { propertyNames: { enum: ['a', 'b'] }, additionalProperties: { type: 'number', minimum: 1 } } } } } } },
      responses: { 202: { content: { 'application/json': { schema: { properties: { items: { items: { properties: { of: { anyOf: [{ type: 'string' }, { type: 'null' }] } } } } } } } } }, 404: { description: 'there is no such home' }, 409: {}, 413: {} },
    });
  });

  it('what is written out in a path goes before a parameter, however they are listed', async () => {
    const named = (path: string, say: string) => route({ method: 'GET', path, role: 'viewer', summary: 'X.', answer: v.object({ said: v.string() }), handle: () => ({ said: say }) });
    const both = await apiWorld([named('/things/:id', 'one'), named('/things/pending', 'all'), named('/things/:id/:part', 'part'), named('/things/:id/log', 'log')]);
    const said = await Promise.all(['/things/pending', '/things/x', '/things/x/log', '/things/x/y'].map(async (path) => (await both.ask('GET', path, { as: 'viewer' })).json));
    expect(said).toEqual(['all', 'one', 'log', 'part'].map((s) => ({ said: s })));
  });

  it.each([
    ['GET', '/users', 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/users"'],
    ['DELETE', '/users/{id}', 'curl -X DELETE -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/users/{id}"'],
    ['PUT', '/session/password', 'curl -X PUT -H "authorization: Bearer $TOKEN" --json \'{…}\' "$CLOUD/api/v1/session/password"'],
  ])('the command of %s %s follows from it', (method, path, command) => {
    expect(world.openApi.paths[`/api/v1${path}`]?.[method.toLowerCase()]?.['x-command']).toBe(command);
  });

  it('a schema that cannot be written is told with its route', () => {
    const bad = route({ method: 'GET', path: '/bad', role: 'viewer', summary: 'Bad.', answer: v.object({ at: v.date() }), handle: () => ({ at: new Date(0) }) });
    expect(() => openApiOf([bad], '1', true)).toThrow('GET /bad: The "date" schema cannot be converted');
    expect(openApiOf([bad], '1').paths['/api/v1/bad']).toBeDefined();
  });

  it.each([
    ['as it should be', 202, { items: [{ id: 'x', at: 1, of: null }], total: 1 }, []],
    ['a missing key', 202, { items: [] }, ['$: total is missing']],
    ['a key too much, such as a hash', 202, { items: [{ id: 'x', at: 1, of: 'y', hash: 'z' }], total: 1 }, ['$.items[0]: hash is not in the schema']],
    ['another kind', 202, { items: [{ id: 1, at: 1, of: null }], total: 1 }, ['$.items[0].id: expected string, found 1']],
    ['a status that is not said', 418, { error: 'x' }, ['418 is not in the document']],
    ['an error', 409, { error: 'x', path: 'y' }, []],
    ['an error with a stack', 409, { error: 'x', stack: 'y' }, ['$: stack is not in the schema']],
  ])('an answer is compared with it: %s', (_what, status, value, faults) => {
    expect(answerFaults(openApiOf([sample], '1', true), sample, status, value)).toEqual(faults);
  });

  it('an answer that is not as its schema says is an error where answers are checked', async () => {
    const wrong = route({ method: 'GET', path: '/wrong', role: 'viewer', summary: 'Wrong.', answer: v.object({ a: v.string() }), handle: () => ({ a: 'x', b: 'y' }) as { a: string } });
    const checked = await apiWorld([wrong]);
    expect((await checked.ask('GET', '/wrong', { as: 'viewer' })).status).toBe(500);
    expect(checked.errors[0]?.message).toContain('b is not in the schema');
  });
});

describe('the checker of JSON Schema', () => {
  it.each([
    [{ const: 1 }, 1, true], [{ const: 1 }, 2, false],
    [{ enum: ['a'] }, 'a', true], [{ enum: ['a'] }, 'b', false],
    [{ type: ['string', 'null'] }, null, true], [{ type: 'integer' }, 1.5, false], [{ type: 'array', items: { type: 'number' } }, [1, 'x'], false],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, 1, true], [{ oneOf: [{ type: 'string' }, { type: 'number' }] }, true, false],
    [{ allOf: [{ properties: { a: {} } }, { properties: { b: {} }, required: ['b'] }] }, { a: 1, b: 2 }, true], [{ allOf: [{ required: ['b'] }] }, { a: 1 }, false],
    [{ pattern: '^a$' }, 'b', false], [{ minLength: 2 }, 'a', false], [{ maxItems: 1 }, [1, 2], false], [{ minimum: 1 }, 0, false], [{ maximum: 1 }, 2, false],
    [{ additionalProperties: { type: 'number' } }, { x: 'y' }, false], [{ propertyNames: { enum: ['a'] } }, { b: 1 }, false],
    [{ prefixItems: [{ type: 'string' }, { type: 'number' }] }, ['a', 'b'], false], [{ not: {} }, 1, false], [{ $ref: '#/components/schemas/E' }, 1, false],
  ])('%j of %j: %s', (schema, value, good) => {
    expect(faultsOf(schema, value, { E: { type: 'string' } }).length === 0).toBe(good);
  });

  it('says when it is asked for more than it knows', () => {
    expect(() => faultsOf({ dependentSchemas: {} }, 1)).toThrow('does not know dependentSchemas');
  });
});
