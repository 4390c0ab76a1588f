import { describe, expect, it } from 'vitest';
import { href, match, search } from '../../web/lib/route.ts';

describe('addresses of pages', () => {
  it.each([
    ['/', '/', {}],
    ['/homes', '/homes/', {}],
    ['/homes/:id/:tab?', '/homes/gw-1', { id: 'gw-1' }],
    ['/homes/:id/:tab?', '/homes/gw-1/events', { id: 'gw-1', tab: 'events' }],
    ['/lmas/:name', '/lmas/a%2Fb%20%C3%A9', { name: 'a/b é' }],
  ])('%s fits %s', (pattern, path, params) => {
    expect(match(pattern, path)).toEqual(params);
  });

  it.each([
    ['/homes', '/'],
    ['/homes', '/homes/gw-1'],
    ['/homes/:id', '/homes'],
    ['/homes/:id/:tab?', '/homes/a/b/c'],
    ['/homes/:id', '/subscribers/x'],
    ['/homes/:id', '/homes/%E0%A4%A'],
  ])('%s does not fit %s', (pattern, path) => {
    expect(match(pattern, path)).toBeUndefined();
  });

  it('a link has the values encoded, and ends where an optional one is missing', () => {
    expect(href('/homes/:id/:tab?', { id: 'a/b?c' })).toBe('/homes/a%2Fb%3Fc');
    expect(href('/homes/:id/:tab?', { id: 'x', tab: 'events' }, { level: 'warn', empty: '', none: undefined })).toBe('/homes/x/events?level=warn');
    expect(href('/')).toBe('/');
  });

  it('what a link says is what its pattern reads', () => {
    const params = { id: 'mn-1 <&>"\'%', handover: '../..' };
    expect(match('/subscribers/:id/:handover?', href('/subscribers/:id/:handover?', params))).toEqual(params);
  });

  it('one state has one address, whatever the order of its filters', () => {
    expect(search({ b: '2', a: '1' })).toBe(search({ a: '1', b: '2' }));
    expect(search({})).toBe('');
  });
});
