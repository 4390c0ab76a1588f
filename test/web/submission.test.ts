/** Where a form says what the API said. */
import { describe, expect, it } from 'vitest';
import { ApiFailure, failureOf } from '../../web/lib/api.ts';
import { placed } from '../../web/lib/submission.ts';

const refusal = (path?: string): ApiFailure => new ApiFailure(400, { error: 'too short', ...(path === undefined ? {} : { path }) });
/** Of a form with two fields: at its head, at the one, at the other. */
const said = (failure: ApiFailure | undefined): unknown[] => {
  const { failure: head, of } = placed(failure, ['name', 'password']);
  return [head?.message, of('name'), of('password')];
};

describe('a refusal is said once', () => {
  it.each([
    ['at its field', refusal('name'), [undefined, 'too short', undefined]],
    ['at the head where it blames no field', refusal(), ['too short', undefined, undefined]],
    ['at the head where it blames a field that the form does not draw', refusal('role'), ['too short', undefined, undefined]],
    ['at the head where it blames a part of a field', refusal('name.first'), ['too short', undefined, undefined]],
    ['nowhere when there is none', undefined, [undefined, undefined, undefined]],
  ])('%s', (_, failure, expected) => expect(said(failure)).toEqual(expected));

  it('at the head of a form without fields', () => expect(placed(refusal('reason'), []).failure?.message).toBe('too short'));
});

describe('whatever is thrown can be shown', () => {
  it('a refusal of the API stays what it is', () => {
    const failure = refusal('name');
    expect(failureOf(failure)).toBe(failure);
  });
  it.each([
    [new TypeError('x is undefined'), 'x is undefined'],
    ['late', 'late'],
  ])('%s', (thrown, message) => expect(failureOf(thrown)).toMatchObject({ message, status: 0, path: undefined }));
});
