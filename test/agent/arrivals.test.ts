/** Who may attach does; whoever is known is present; the rest is counted. */
import { describe, expect, it } from 'vitest';
import { createArrivals } from '../../agent/arrivals.ts';
import type { MagEvent } from '../../agent/mag/events.ts';
import { entryOf } from './entries.ts';

const ALICE = '02:00:00:00:0a:01';
const ACCESS = 'br-access';
const OTHER = 'br-guest';

/** `known`: the interface on which Alice has a binding; `admitted`: those on which she may attach. */
function setUp({ known, admitted = [] }: { known?: string; admitted?: string[] }) {
  const fed: MagEvent[] = [];
  const admits: MagEvent[] = [];
  const counted: string[] = [];
  const heard: unknown[][] = [];
  const arrivals = createArrivals({
    list: { byMac: new Map(known === undefined ? [] : [[ALICE, entryOf({ mac: ALICE, interface: known })]]) },
    stations: () => ({ mayAttach: (device) => admitted.includes(device), heard: (...frame) => void heard.push(frame) }),
    feed: (event) => fed.push(event),
    admit: (event) => admits.push(event),
    onCount: (reason) => counted.push(reason),
  });
  return { arrivals, fed, admits, counted, heard };
}

describe('a frame', () => {
  it('of a phone with a binding here is presence', () => {
    const { arrivals, fed, heard } = setUp({ known: ACCESS });
    arrivals.noticed(ACCESS, ALICE, 5);
    expect([fed, heard]).toEqual([[{ kind: 'seen', mac: ALICE, at: 5 }], []]);
  });

  it.each([
    ['without a binding', undefined, [], false],
    ['with one on another access interface', OTHER, [OTHER], true],
    ['with one on another access interface that has it no more', OTHER, [ACCESS], false],
  ])('of a station %s is for its source to judge', (_, known, admitted, elsewhere) => {
    const { arrivals, fed, heard } = setUp(known === undefined ? { admitted } : { known, admitted });
    arrivals.noticed(ACCESS, ALICE, 5);
    expect([fed, heard]).toEqual([[], [[ACCESS, ALICE, 5, elsewhere]]]);
  });
});

describe('a request', () => {
  it('of an authorized station asks for a binding, with what the phone wishes', () => {
    const { arrivals, admits } = setUp({ admitted: [ACCESS] });
    arrivals.wish(ACCESS, { kind: 'wantBinding', mac: ALICE, clientId: '01:02', wantedAddress: '10.0.0.1' });
    expect(admits).toEqual([{ kind: 'wantBinding', station: { interface: ACCESS, mac: ALICE, clientId: '01:02' }, wantedIpv4: '10.0.0.1' }]);
  });

  it('of a stranger is counted and goes no further', () => {
    const { arrivals, fed, admits, counted } = setUp({});
    arrivals.wish(ACCESS, { kind: 'wantBinding', mac: ALICE });
    expect([fed, admits, counted]).toEqual([[], [], ['request of a station that is not authorized']]);
  });

  it('to give an address back goes to the MAG as it is', () => {
    const { arrivals, fed } = setUp({});
    arrivals.wish(ACCESS, { kind: 'releaseIpv4', mac: ALICE });
    expect(fed).toEqual([{ kind: 'releaseIpv4', mac: ALICE }]);
  });
});
