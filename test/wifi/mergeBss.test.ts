import { describe, expect, test } from 'vitest';
import { mergeBss } from '../../agent/wifi/mergeBss.ts';
import type { StationEvent } from '../../agent/wifi/stationEvents.ts';

const ALICE = '02:00:00:00:0a:01';
const BOB = '02:00:00:00:0b:01';
const up = { kind: 'up', status: { state: 'ENABLED', fields: {} } } as const;
const list = (...macs: string[]) => ({ kind: 'list', stations: macs.map((mac) => ({ mac, authorized: true, identity: mac === ALICE ? 'alice' : '', fields: {} })) }) as const;
const down = { kind: 'down', reason: 'no hostapd' } as const;
const attachedAt = (mac: string, at: number) => ({ kind: 'attached', mac, at, identity: 'alice' }) as const;
const detached = (mac: string) => ({ kind: 'detached', mac, reason: 'gone' }) as const;

function twoRadios() {
  const events: StationEvent[] = [];
  const report = mergeBss('access0', 2, (event) => events.push(event));
  const told = () => events.splice(0).map((e) => (e.kind === 'stationList' ? `list ${e.macs.join(' ')}`.trim() : 'mac' in e ? `${e.kind} ${e.mac}` : e.kind));
  return { report, told, events };
}

function bothUp() {
  const all = twoRadios();
  for (const bss of [0, 1]) {
    all.report(bss, up);
    all.report(bss, list());
  }
  all.told();
  return all;
}

describe('an access interface above two radios', () => {
  test('the list comes when both have told theirs', () => {
    const { report, told } = twoRadios();
    report(0, up);
    report(0, list(ALICE));
    expect(told()).toEqual(['linkUp']);
    report(1, up);
    report(1, list(BOB));
    expect(told()).toEqual([`list ${ALICE} ${BOB}`]);
  });

  test('one that cannot be reached does not hold up the other', () => {
    const { report, told } = twoRadios();
    report(0, down);
    expect(told()).toEqual([]);
    report(1, up);
    report(1, list(BOB));
    expect(told()).toEqual(['linkUp', `list ${BOB}`]);
    report(1, down);
    expect(told()).toEqual(['linkDown']);
  });

  test('none can be reached: told once', () => {
    const { report, told } = twoRadios();
    report(0, down);
    report(1, down);
    report(1, down);
    expect(told()).toEqual(['linkDown']);
  });

  test('a phone that changes the band attaches again, and the end of its old entry is nothing', () => {
    const { report, told } = bothUp();
    report(0, attachedAt(ALICE, 1));
    report(1, attachedAt(ALICE, 2));
    report(0, detached(ALICE));
    expect(told()).toEqual([`stationAttached ${ALICE}`, `stationAttached ${ALICE}`]);
    report(1, detached(ALICE));
    expect(told()).toEqual([`stationDetached ${ALICE}`]);
  });

  test('a radio that fails takes its stations off the list', () => {
    const { report, told } = bothUp();
    report(0, attachedAt(ALICE, 1));
    report(1, attachedAt(BOB, 1));
    told();
    report(0, down);
    expect(told()).toEqual([`list ${BOB}`]);
    report(0, up);
    report(0, list());
    expect(told()).toEqual([`list ${BOB}`]);
  });

  test('identities go with the list, and events without a meaning go nowhere', () => {
    const { report, events } = bothUp();
    report(1, list(ALICE, BOB));
    report(1, { kind: 'unknown' });
    expect(events).toEqual([{ kind: 'stationList', interface: 'access0', macs: [ALICE, BOB], identities: { [ALICE]: 'alice' } }]);
  });
});
