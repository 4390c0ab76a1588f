/** The lab itself, before any of our processes: what the other lab tests stand on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostapdRequest } from '../../lab/access.ts';
import { probeSizes, serveTraffic, startProbe, startTcp } from '../../lab/measure.ts';
import { claim, run, runInside } from '../../lab/namespaces.ts';
import { until } from '../../lab/processes.ts';
import { ACCESS, DEFAULTS, RADIO } from '../../lab/topology.ts';
import { openWorld } from '../../lab/world.ts';
import type { World } from '../../lab/world.ts';
import { MAG_MAC } from '../../protocol/address.ts';
import { anchor, phoneIpv4, ping, staticPhones } from './static.ts';

const PREFIX = 'rstopo-';
let world: World;

beforeAll(async () => {
  world = await openWorld({ ...DEFAULTS, homes: 3, phones: 2, nat: 3, narrow: 2, prefix: PREFIX });
  await world.startAccess();
  staticPhones(world);
  await serveTraffic(world);
});
afterAll(() => world?.close());

const events = (home: number) => world.processes.get(`hostapd${home}`)?.log() ?? '';
const station = (home: number, phone = 1) => hostapdRequest(world.folder, world.home(home), `STA ${world.phone(phone).mac}`);
const authorized = async (home: number, phone = 1) => (await station(home, phone)).includes('[AUTHORIZED]');
/** Roams and waits for the authentication that the move starts. */
async function roam(home: number, phone = 1): Promise<string> {
  const before = events(home).length;
  await world.roam(phone, home);
  return until(`EAP at home ${home}`, 5000, () => events(home).slice(before).includes('authenticated - EAP type') && events(home).slice(before));
}

describe('the transport', () => {
  it('carries both families between homes and LMA, IPv4 alone behind the NAT', () => {
    const { lma, homes } = world.plan;
    for (const home of homes) {
      expect(ping(home.namespace, lma.ipv4)).toContain('1 received');
      if (home.ipv6) expect(ping(home.namespace, lma.ipv6)).toContain('1 received');
    }
    expect(homes.map((h) => h.ipv6 === undefined)).toEqual([false, false, true]);
    expect(() => ping(world.home(3).namespace, lma.ipv6)).toThrow('ping');
  });

  it('shows the LMA the translated address of the home behind the NAT', async () => {
    const inner = world.home(3).ipv4;
    const capture = world.spawn({ name: 'capture', namespace: world.plan.lma.namespace, argv: ['tcpdump', '-l', '-n', '-i', 'net0', '-c', '1', 'icmp'], piped: true });
    let seen = '';
    capture.child.stdout?.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    await until('tcpdump', 5000, () => capture.log().includes('listening'));
    ping(world.home(3).namespace, world.plan.lma.ipv4);
    await capture.exited;
    expect(seen).toContain(`${world.home(3).nat?.outside} > ${world.plan.lma.ipv4}`);
    expect(seen).not.toContain(inner);
  });

  it('carries 1492 octets at the narrow home and 1500 at the others', () => {
    const { lma } = world.plan;
    expect(ping(world.home(1).namespace, lma.ipv4, '-M', 'do', '-s', '1472')).toContain('1 received');
    expect(ping(world.home(2).namespace, lma.ipv4, '-M', 'do', '-s', '1464')).toContain('1 received');
    expect(() => ping(world.home(2).namespace, lma.ipv4, '-M', 'do', '-s', '1465')).toThrow('mtu');
  });
});

describe('the access link', () => {
  it('has the fixed MAC on the bridge and another on the interface that hostapd drives', () => {
    for (const home of world.plan.homes) {
      expect(runInside(home.namespace, ['ip', '-br', 'link', 'show', ACCESS])).toContain(MAG_MAC);
      expect(runInside(home.namespace, ['ip', '-br', 'link', 'show', RADIO])).toContain(home.radioMac);
    }
  });

  it('authenticates a phone with its identity, and says AP-STA-CONNECTED the first time only', async () => {
    expect(await roam(1)).toContain(`AP-STA-CONNECTED ${world.phone(1).mac}`);
    expect(await station(1)).toContain('dot1xAuthSessionUserName=phone1@home.example');
    await roam(2);
    const back = await roam(1);
    expect(back).toContain('CTRL-EVENT-EAP-SUCCESS');
    expect(back).not.toContain('AP-STA-CONNECTED');
  });

  it('tells the old home nothing: its hostapd still lists the phone', async () => {
    await roam(1);
    const before = events(1);
    await roam(2);
    expect(await authorized(1)).toBe(true);
    expect(events(1)).toBe(before);
  });

  it('also authenticates when the supplicant alone begins', async () => {
    const before = events(3).length;
    await world.roam(2, 3, 'supplicant');
    await until('EAP at home 3', 10_000, () => events(3).slice(before).includes(`AP-STA-CONNECTED ${world.phone(2).mac}`));
    expect(await authorized(3, 2)).toBe(true);
  });

  it('keeps phones of one home apart', async () => {
    await roam(1, 1);
    await roam(1, 2);
    const other = runInside(world.phone(1).namespace, ['bash', '-c', `ip neighbour flush dev ${RADIO}; ping -n -c 1 -W 1 ${phoneIpv4(2)} || true`]);
    expect(other).toContain('0 received');
  });

  it('sees a phone log off, and come back', async () => {
    await roam(1);
    const before = events(1).length;
    world.detach(1);
    await until('the logoff', 5000, () => events(1).slice(before).includes(`AP-STA-DISCONNECTED ${world.phone(1).mac}`));
    expect(await roam(2)).toContain('CTRL-EVENT-EAP-SUCCESS');
    expect(await roam(1)).toContain('CTRL-EVENT-EAP-SUCCESS');
    expect(await authorized(1)).toBe(true);
  });

  it('takes hostapd again after a restart', async () => {
    await roam(1);
    await world.restartHostapd(1);
    expect(await station(1)).toMatch(/^FAIL/);
    expect(await roam(1)).toContain('AP-STA-CONNECTED');
  });
});

describe('a roam', () => {
  it('leaves the phone its interface, and traffic goes on both ways', async () => {
    const { inet } = world.plan;
    const link = () => runInside(world.phone(1).namespace, ['ip', '-o', 'link', 'show', RADIO]).replace(/@if\d+/, '');
    const before = link();
    await roam(1);
    anchor(world, 1, 1);
    const udp = startProbe(world, 1, inet.ipv4);
    const udp6 = startProbe(world, 1, inet.ipv6);
    const tcp = startTcp(world, 1, inet.ipv4);
    const tcp6 = startTcp(world, 1, inet.ipv6);
    await until('traffic', 5000, async () => (await udp.report()).downReceived > 10 && (await udp6.report()).downReceived > 10 && (await tcp6.report()).octetsVerified > 0);
    for (const home of [2, 1, 2]) {
      await roam(home);
      const at = Number(process.hrtime.bigint()) / 1e6;
      anchor(world, 1, home);
      const first = await until('a packet down', 5000, async () => (await udp.firstDownAfter(at)) ?? undefined);
      expect(first).toBeGreaterThanOrEqual(at);
    }
    expect(link()).toBe(before);
    for (const report of [await tcp.stop(), await tcp6.stop()]) {
      expect(report).toMatchObject({ alive: true, corrupt: 0 });
      expect(report.octetsVerified).toBeGreaterThan(1000);
    }
    for (const report of [await udp.stop(), await udp6.stop()]) {
      expect(report.upReceived).toBeGreaterThan(10);
      expect(report.downReceived).toBeGreaterThan(10);
      expect(report.duplicates).toBe(0);
    }
  });

  it('is noticed by the probe: what the anchor does not follow is lost', async () => {
    await roam(1);
    anchor(world, 1, 1);
    const udp = startProbe(world, 1, world.plan.inet.ipv4);
    await until('traffic', 5000, async () => (await udp.report()).downReceived > 5);
    await roam(2);
    const { sent } = await udp.report();
    await until('half a second of packets', 5000, async () => (await udp.report()).sent > sent + 50);
    await roam(1);
    // A gap ends, and can be measured, with the first packet after it.
    const { downReceived } = await udp.report();
    await until('traffic again', 5000, async () => (await udp.report()).downReceived > downReceived + 5);
    const report = await udp.stop();
    expect(report.downReceived).toBeLessThan(report.downSent - 20);
    expect(report.downLongestGapMs).toBeGreaterThan(300);
  });

  it('tells packet sizes apart: through, refused with a reason, lost', async () => {
    await roam(2);
    anchor(world, 1, 2);
    const { namespace } = world.phone(1);
    const four = await probeSizes(world, namespace, world.plan.inet.ipv4, [1200, 1492, 1493, 1492]);
    expect(four.map((r) => r.result)).toEqual(['echoed', 'echoed', 'too big', 'echoed']);
    expect(four.at(-1)?.pathMtu).toBe(1492);
    const six = await probeSizes(world, namespace, world.plan.inet.ipv6, [1280, 1492, 1493]);
    expect(six.map((r) => r.result)).toEqual(['echoed', 'echoed', 'too big']);
    await world.leave(1);
    expect((await probeSizes(world, namespace, world.plan.inet.ipv4, [1200])).map((r) => r.result)).toEqual(['lost']);
  });
});

describe('the delay line', () => {
  it('holds every frame for the time asked, each way', async () => {
    const slow = await openWorld({ ...DEFAULTS, homes: 1, delayMs: 10, prefix: 'rsdelay-' });
    try {
      const text = runInside(slow.home(1).namespace, ['ping', '-n', '-q', '-c', '20', '-i', '0.05', slow.plan.lma.ipv6]);
      const [, min] = /= ([\d.]+)\//.exec(text) ?? [];
      expect(Number(min)).toBeGreaterThanOrEqual(20);
      expect(text).toContain(' 0% packet loss');
    } finally {
      await slow.close();
    }
  });
});

describe('housekeeping', () => {
  it('leaves no namespace and no process behind, and clears what a crashed lab left', async () => {
    const first = await openWorld({ ...DEFAULTS, homes: 1, prefix: 'rscrash-' });
    const forgotten = first.spawn({ name: 'forgotten', namespace: first.plan.net, argv: ['sleep', '600'] });
    expect(claim('rscrash-')).toBe(6);
    await forgotten.exited;
    await first.close();
    expect(run(['ip', 'netns', 'list'])).not.toContain('rscrash-');
  });
});
