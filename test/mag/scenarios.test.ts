/** The gateway's day as text: each file under test/scenarios/ is what these inputs must lead to, line by line. */
import { describe, expect, it } from 'vitest';
import { noAcknowledgementFlags } from '../../protocol/mobility/messages.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { bulkCountOption } from '../../protocol/vendor.ts';
import { acceptance, accepting, activeBench, bri, createBench, HOME, LMA1, LMA2, MAC, OTHER_MAC, profile, refusing, silent, type Bench } from './harness.ts';

/** Seldom enough that polls do not fill the page. */
const timers = { detachPeriod: 3_600_000 };

function active(): Bench {
  const bench = activeBench({ timers });
  bench.transcript = [];
  return bench;
}

const scenarios: Readonly<Record<string, () => Bench>> = {
  attach: () => {
    const bench = createBench();
    bench.say('a phone that asks before hostapd has told of it');
    bench.give({ kind: 'wantBinding', station: { interface: 'wlan0', mac: MAC }, wantedIpv4: '192.0.2.1' });
    bench.attach();
    bench.say('another one, without a profile');
    bench.profile = { refused: 'no local profile for this station and no default profile on wlan0' };
    bench.attach(OTHER_MAC);
    return bench;
  },
  refresh: () => {
    const bench = active();
    bench.advance(300_000);
    bench.say('the LMA misses two of the next ones');
    let missed = 2;
    bench.lma = (pbu, to) => (missed-- > 0 ? undefined : accepting(pbu, to));
    bench.advance(304_000);
    bench.say('the phone leaves without a word');
    bench.phoneAnswers = false;
    bench.advance(320_000);
    return bench;
  },
  detach: () => {
    const bench = createBench();
    bench.attach();
    bench.say('silent for the poll interval, and it answers the second question');
    bench.phoneAnswers = false;
    bench.advance(11_000);
    bench.phoneAnswers = true;
    bench.advance(1000);
    bench.say('hostapd says that it left, and 200 ms later that it is back');
    bench.phoneAnswers = false;
    bench.give({ kind: 'stationDetached', interface: 'wlan0', mac: MAC, reason: 'disconnected' });
    bench.advance(200);
    bench.attach();
    bench.say('it leaves without a word');
    bench.phoneAnswers = false;
    bench.advance(17_000);
    return bench;
  },
  'between access points': () => {
    const bench = active();
    bench.advance(60_000);
    bench.give({ kind: 'seen', mac: MAC, at: 60_000 });
    bench.advance(80);
    bench.say('hostapd tells of the other access point; nothing is signalled');
    bench.attach();
    bench.say('the same after a minute of silence: it may have been elsewhere');
    bench.advance(60_000);
    bench.attach();
    return bench;
  },
  'between access interfaces': () => {
    const bench = active();
    bench.advance(60_000);
    bench.give({ kind: 'seen', mac: MAC, at: 60_000 });
    bench.advance(80);
    bench.attach(MAC, 'wlan1');
    bench.advance(3000);
    bench.say('the first one notices that it left');
    bench.give({ kind: 'stationDetached', interface: 'wlan0', mac: MAC, reason: 'disconnected' });
    bench.advance(3000);
    return bench;
  },
  'one device': () => {
    const bench = activeBench({ timers, profile: { profile: { ...profile, exclusive: true } } });
    bench.transcript = [];
    bench.advance(60_000);
    bench.say('the phone comes back under another MAC');
    bench.attach(OTHER_MAC);
    bench.phoneAnswers = false;
    bench.say('nobody answers under the first one any more');
    bench.advance(40_000);
    return bench;
  },
  'profile changes': () => {
    const bench = active();
    bench.advance(60_000);
    bench.give({ kind: 'profileChanged', mac: MAC, answer: { profile: { ...profile, dns4: ['192.0.2.99'] } } });
    bench.give({ kind: 'profileChanged', mac: MAC, answer: { profile: { ...profile, nai: 'mn1@example.com' } } });
    bench.advance(1000);
    bench.give({ kind: 'disconnect', mac: MAC, reason: 'Disconnect-Request of 192.0.2.200' });
    return bench;
  },
  'told by its LMA': () => {
    const bench = active();
    const node = { kind: 'mnIdentifier', subtype: 1, identifier: 'mn0@example.com' } as const;
    const tell = (reason: number, options: readonly MobilityOption[], sequence: number, retransmission = false): void =>
      void bench.message({ kind: 'updateNotification', sequence, reason, flags: { acknowledge: reason === 2, retransmission }, options });
    bench.advance(60_000);
    bench.say('register anew; its phone has been silent and is asked first');
    bench.phoneAnswers = false;
    tell(1, [node], 1);
    bench.advance(1000);
    bench.say('the same again, and now the phone answers');
    bench.phoneAnswers = true;
    tell(1, [node], 1, true);
    bench.advance(4000);
    bench.say('other timers, and something that no gateway can change');
    tell(2, [node, { kind: 'lmaControlledMagParameters', parameters: [{ kind: 'bindingReregistration', start: 850, initialRetransmission: 2, maximumRetransmission: 16 }] }], 2);
    tell(2, [node, { kind: 'linkLocalAddress', address: 'fe80::1' }], 3);
    bench.advance(140_000);
    return bench;
  },
  'assigned to another LMA': () => {
    const bench = createBench({ timers, config: { lmas: [LMA1, LMA2], redirect: true }, lma: (pbu, to) => acceptance(pbu, to.remote === LMA1.ipv6 ? { options: [{ kind: 'redirect', address: LMA2.ipv6 as string }] } : {}) });
    bench.attach();
    bench.advance(300_000);
    bench.detach();
    return bench;
  },
  'refreshed together': () => {
    const group = { kind: 'mobileNodeGroupIdentifier', subtype: 1, group: 1 } as const;
    const flags = { ...noAcknowledgementFlags, proxy: true };
    const bench = createBench({ timers, config: { bulk: true } });
    bench.lma = (pbu) => {
      const single = pbu.options.some((o) => o.kind === 'mnIdentifier');
      if (single) return acceptance(pbu, { options: [group], without: ['ipv4HomeAddressReply'], flags: { ...flags, bulk: true } });
      return { ...acceptance(pbu), flags, options: [group, ...pbu.options.filter((o) => o.kind === 'timestamp'), bulkCountOption(bench.now().at > 500_000 ? 1 : 2)] };
    };
    const other = { homeNetworkPrefix: { kind: 'homeNetworkPrefix', prefixLength: 64, prefix: '2001:db8:f00d:2::' } } as const;
    bench.attach();
    const { lma } = bench;
    bench.lma = (pbu, to) => {
      const pba = lma(pbu, to);
      return pba && pbu.options.some((o) => o.kind === 'mnLinkLayerIdentifier' && o.identifier === OTHER_MAC) ? { ...pba, options: [...pba.options.filter((o) => o.kind !== 'homeNetworkPrefix'), other.homeNetworkPrefix] } : pba;
    };
    bench.profile = { profile: { ...profile, nai: 'mn1@example.com' } };
    bench.attach(OTHER_MAC);
    bench.transcript = [];
    const heardOf = (...macs: readonly string[]): void => {
      bench.advance(295_000);
      for (const mac of macs) bench.give({ kind: 'seen', mac, at: bench.now().at });
      bench.advance(5000);
    };
    heardOf(MAC, OTHER_MAC);
    bench.say('the LMA says that it extended one session, not two: each is refreshed alone');
    heardOf(MAC, OTHER_MAC);
    bench.say('and alone again, since one of them is silent and has to be asked');
    heardOf(MAC);
    return bench;
  },
  'roam away': () => {
    const bench = active();
    bench.phoneAnswers = false;
    bench.advance(100_000);
    bench.say('the phone is at another home; the LMA says so');
    bench.message(bri(2));
    bench.advance(1000);
    return bench;
  },
  'roam back': () => {
    const bench = active();
    bench.phoneAnswers = false;
    bench.advance(100_000);
    bench.say('the LMA says that it moved, but here it comes again');
    bench.message(bri(2));
    bench.advance(200);
    bench.attach();
    bench.say('gone for real, and back before the farewell is answered');
    bench.lma = silent;
    bench.advance(5000);
    bench.detach();
    bench.lma = accepting;
    bench.advance(300);
    bench.attach();
    return bench;
  },
  'address change': () => {
    const bench = active();
    bench.advance(100_000);
    bench.give({ kind: 'careOf', careOf: { mtu: 1500 } });
    bench.advance(800);
    bench.give({ kind: 'careOf', careOf: { ...HOME, ipv6: '2001:db8:cafe:9::1', mtu: 1492 } });
    return bench;
  },
  'LMA silent': () => {
    const bench = createBench({ timers, lma: silent, profile: { profile: { ...profile, ipv6: false } } });
    bench.attach();
    bench.advance(40_000);
    bench.lma = accepting;
    bench.advance(30_000);
    return bench;
  },
  clock: () => {
    const bench = createBench({ timers, clock: false });
    bench.attach();
    bench.advance(10_000);
    bench.lma = refusing(156, 156);
    bench.give({ kind: 'clock', synchronised: true });
    bench.advance(34_000);
    return bench;
  },
};

describe('transcripts', () => {
  it.each(Object.entries(scenarios))('%s', async (name, play) => {
    await expect(`${play().transcript.join('\n')}\n`).toMatchFileSnapshot(`../scenarios/mag-${name.replaceAll(' ', '-').toLowerCase()}.txt`);
  });
});
