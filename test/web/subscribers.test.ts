import { describe, expect, it } from 'vitest';
import type { HandoverSummary } from '../../cloud/api/resources/handovers.ts';
import type { Settings } from '../../cloud/api/resources/network.ts';
import type { Subscriber } from '../../cloud/api/resources/subscribers.ts';
import { curl } from '../../web/lib/curl.ts';
import { changeOf, ROWS, valueOf } from '../../web/pages/settings/model.ts';
import { after, moved } from '../../web/pages/subscribers/moved.ts';

const person: Subscriber = { id: 'mn-1', home: 'gw-a', homeName: 'A', lma: 'lma-1', since: 1, handovers: 2, state: 'active', addresses: [], bytesUp: 0, bytesDown: 0 };
const roam: HandoverSummary = { id: 't', at: 50, subscriber: 'mn-1', kind: 'handover', to: { home: 'gw-b', name: 'B' }, success: true, reason: '' };

describe('a subscriber that walks', () => {
  it('is where it went', () => expect(after(person, roam)).toMatchObject({ home: 'gw-b', homeName: 'B', lastHandover: 50, handovers: 3 }));
  it('stays where it was when the roam failed', () => expect(after(person, { ...roam, success: false })).toBe(person));
  it('does not go back for a story that is told late', () => expect(after({ ...person, lastHandover: 60 }, roam)).toMatchObject({ home: 'gw-a' }));
  it('leaves the list of others as it is', () => {
    const page = { items: [{ ...person, id: 'mn-2' }], total: 1 };
    expect(moved(page, [{ kind: 'handovers', value: [roam] }])).toBe(page);
    expect(moved({ items: [person], total: 1 }, [{ kind: 'handovers', value: [roam] }]).items[0]?.home).toBe('gw-b');
  });
});

describe('settings', () => {
  const settings: Settings = { retention: { handovers: 30, events: 90, subscribers: 90, audit: 730 }, pseudonyms: { rotateDays: 30, epochBegan: 0 }, positions: { fuzzMetres: 200 }, smallestGroup: 5 };

  it('send what is different, and nothing else', () => {
    expect(changeOf({ 'retention.handovers': '14', 'retention.audit': '730', smallestGroup: '7' }, settings)).toEqual({ retention: { handovers: 14 }, smallestGroup: 7 });
  });
  it.each([[{}], [{ smallestGroup: '5' }], [{ smallestGroup: '' }], [{ smallestGroup: 'x' }]])('%j is no change', (typed) => expect(changeOf(typed, settings)).toBeUndefined());
  it('has a row for each number', () => {
    expect(Object.values(ROWS).flat().map((r) => valueOf(settings, r.path))).toEqual([30, 90, 90, 730, 30, 200, 5]);
  });
});

describe('a request as a command', () => {
  it.each([
    ['GET', '/lmas', undefined, 'curl -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/lmas'],
    ['GET', '/documents?kind=fleet&concern=timers', undefined, 'curl -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/documents?kind=fleet&concern=timers"'],
    ['POST', '/rollouts/r1/pause', undefined, 'curl -X POST -H "authorization: Bearer $TOKEN" $CLOUD/api/v1/rollouts/r1/pause'],
    ['DELETE', "/users/o'neil(2)", undefined, `curl -X DELETE -H "authorization: Bearer $TOKEN" "$CLOUD/api/v1/users/o'neil(2)"`],
    ['POST', '/x', { reason: "it's" }, String.raw`curl -H "authorization: Bearer $TOKEN" --json '{"reason":"it'\''s"}' $CLOUD/api/v1/x`],
    ['PATCH', '/settings', { smallestGroup: 3 }, `curl -X PATCH -H "authorization: Bearer $TOKEN" --json '{"smallestGroup":3}' $CLOUD/api/v1/settings`],
  ] as const)('%s %s', (method, path, body, command) => expect(curl(method, path, body)).toBe(command));
});
