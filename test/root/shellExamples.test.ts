/**
 * The guide's two MAG configurations against its LMA configuration, as they stand in examples/: a real DHCP client, real packets
 * through the tunnel, the guide's show command; and what happens to the phone when the agent is killed, stopped or started twice,
 * and when its interfaces are made anew.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until, type LabProcess } from '../../lab/processes.ts';
import { INTERNET, shellLab, type ShellLab } from './shellLab.ts';

describe.each([
  ['mag-local-profile', 'mn0@example.com', 'example.com'],
  ['mag-default-profile', '0024.d78e.21a4', 'example_A.com'],
])('examples/%s.yaml with examples/lma.yaml', (example, nai, apn) => {
  let lab: ShellLab;
  let agent: LabProcess;
  let anchor: LabProcess;
  beforeAll(async () => {
    lab = await shellLab();
    anchor = await lab.startLma();
    agent = await lab.startAgent(example);
  });
  afterAll(() => lab.close());

  const bindings = (): string => lab.show('agent', 'ipv6', 'mobile', 'pmipv6', 'mag', 'binding');
  const sessions = async (): Promise<any[]> => (await lab.ask('lma', 'show lma-service session')) as any[];
  const downPackets = async (): Promise<number> => Number((await sessions())[0].downPackets);
  const keysOf = (text: string): string => /GREKEY\]: (.*)/.exec(text)?.[1] ?? text;
  const ping = (count: number): string => lab.run('phone', 'ping', '-q', '-c', String(count), '-i', '0.1', '-W', '1', INTERNET);
  it('a phone gets an address by DHCP, and the guide’s command prints the guide’s sample', () => {
    expect(lab.lease()).toBe('192.0.2.1');
    expect(bindings().replace(/Upstream: \d+, Downstream: \d+/, 'Upstream: 5, Downstream: 5')).toBe(`Total number of bindings: 1
-----
[Binding][MN]: Domain: D1, Nai: ${nai}
  [Binding][MN]: State: ACTIVE
  [Binding][MN]: Interface: GigabitEthernet0/1/0.3074
  [Binding][MN]: Hoa: 192.0.2.1, att: 4, llid: 0024.d78e.21a4
  [Binding][MN]: HNP: 0
  [Binding][MN][LMA]: Id: lma1
  [Binding][MN][LMA]: lifetime: 3600
  [Binding][MN][GREKEY]: Upstream: 5, Downstream: 5
`);
    const [session] = JSON.parse(lab.show('lma', 'lma-service', 'session', 'json')) as any[];
    expect(session).toMatchObject({ mnnai: nai, apn, mag: 'M1@D1', coa: '2001:db8:cafe:1025::15', encap: 'gre6' });
    expect(keysOf(bindings())).toBe(`Upstream: ${session['up-stream-grekey']}, Downstream: ${session['down-stream-grekey']}`);
  });

  it('its packets go through the tunnel, counted at both ends', async () => {
    expect(ping(5)).toContain('5 packets transmitted, 5 received, 0% packet loss');
    expect(await sessions()).toMatchObject([{ upPackets: '5', downPackets: '5', upOctets: '420', downOctets: '420' }]);
  });

  it('a second agent is refused, on the same socket and on the same interface, and touches nothing', async () => {
    for (const [more, words] of [
      [`control-socket: ${lab.folder}/agent.sock`, `another process answers at ${lab.folder}/agent.sock`],
      [`control-socket: ${lab.folder}/second.sock`, 'another agent runs on br-'],
    ] as const) {
      const second = await lab.startAgent(example, more, 'second');
      expect(await second.exited).toBe(1);
      expect(second.log()).toContain(words);
    }
    expect(ping(5)).toContain('5 received, 0% packet loss');
  });

  it('killed and back, it takes up its phone with the same keys, and no packet is lost meanwhile', async () => {
    const keys = keysOf(bindings());
    const result = lab.running('phone', 'ping', '-q', '-c', '40', '-i', '0.1', '-W', '1', INTERNET);
    await until('some packets', 5000, async () => (await downPackets()) > 13);
    agent.child.kill('SIGKILL');
    expect(await agent.exited).toBe('SIGKILL');
    const before = await downPackets();
    await until('forwarding without an agent', 5000, async () => (await downPackets()) > before + 3);
    agent = await lab.startAgent(example);
    expect(agent.log()).toContain('took up what the last agent left bindings=1 stalePaths=0');
    expect(keysOf(bindings())).toBe(keys);
    expect(bindings()).toContain('State: ACTIVE');
    expect(await result).toContain('40 packets transmitted, 40 received, 0% packet loss');
    await until('one refresh', 10_000, async () => agent.running() && ((await lab.ask('agent', 'show mag stats')) as any).counters['received bindingAcknowledgement'] >= 1);
    expect(await sessions()).toHaveLength(1);
    expect(keysOf(bindings())).toBe(keys);
  });

  it.each([
    ['an uplink', 'home', 'wan0', (l: ShellLab) => l.wireHome()],
    ['an access bridge', 'home', 'br-3074', (l: ShellLab) => l.wireBridge()],
    ["the anchor's device", 'lma', 'lma1', (l: ShellLab) => l.wireAnchor()],
  ] as const)('%s that is made anew carries the phone again', async (_, where, device, make) => {
    lab.ip(where, `link del ${device}`);
    make(lab);
    await until('it to be taken', 5000, () => (where === 'lma' ? anchor : agent).log().includes(`${device} is there anew`));
    await until('packets', 10_000, () => lab.run('phone', 'sh', '-c', `ping -q -c 1 -W 1 ${INTERNET} || true`).includes(' 1 received'));
    expect(bindings()).toContain('State: ACTIVE');
    expect(lab.lease()).toBe('192.0.2.1');
    expect(ping(5)).toContain('5 received, 0% packet loss');
  });

  it('SIGTERM leaves the forwarding to the next agent, SIGINT leaves nothing', async () => {
    await agent.stop('SIGTERM');
    expect(await agent.exited).toBe(0);
    expect(lab.run('home', 'ip', '-o', 'link', 'show', 'pmip0')).toContain('pmip0');
    agent = await lab.startAgent(example);
    await agent.stop('SIGINT');
    expect(await agent.exited).toBe(0);
    expect(lab.run('home', 'ip', '-o', 'link')).not.toContain('pmip');
    expect(lab.run('home', 'ip', 'rule')).not.toMatch(/lookup 52\d\d/);
  });
});
