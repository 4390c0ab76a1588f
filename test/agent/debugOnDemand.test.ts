/** Debug that is loaded with the first terminal: until then nothing is looked at, and nothing that asks for less loads it. */
import { expect, it } from 'vitest';
import { debugOnDemand, type DebugOnDemand } from '../../agent/debug.ts';
import { agentSchema } from '../../agent/config.ts';
import { agentDebug, type AgentDebug } from '../../agent/debug/topics.ts';
import type { Request, Stream } from '../../runtime/control.ts';
import type { DebugEvent } from '../../runtime/debug.ts';
import { parseConfig } from '../../runtime/configFile.ts';

const config = parseConfig('x.yaml', '{ domain: D1, mag: M1, uplink: wan0, local-mobility-anchors: [{ id: lma1, ipv6-address: "2001:db8::1" }], interfaces: [{ name: Wi-Fi, device: wlan0, first-packet: true }] }', agentSchema);
const STATION = { interface: 'wlan0', mac: '00:24:d7:8e:21:a4' };
const ask = (debug: DebugOnDemand, command: string): unknown => debug.handlers[command]?.({ command });

function make(load = (): Promise<AgentDebug> => Promise.resolve(agentDebug(config, (s) => s, (e) => expect.unreachable(e.message)))) {
  let loads = 0;
  const debug = debugOnDemand(() => {
    loads += 1;
    return load();
  });
  return { debug, loads: () => loads };
}

/** What a terminal is told that asks for these topics. */
async function terminal(debug: DebugOnDemand, topics: readonly string[]): Promise<() => Promise<readonly DebugEvent[]>> {
  const events: DebugEvent[] = [];
  const put = (event: unknown): boolean => events.push(event as DebugEvent) > 0;
  const stream: Stream = { send: put, end: put, drained: () => Promise.resolve(), onClose: () => undefined };
  const request: Request = { command: 'debug', topics };
  (await debug.streams['debug']?.(request))?.(stream);
  return async () => {
    await new Promise<void>((resolve) => setImmediate(resolve));
    return events;
  };
}

/** Something for every observer. */
function everything(debug: DebugOnDemand): void {
  debug.step({ kind: 'stationAttached', station: STATION, at: 0 }, []);
  debug.access('wlan0', { kind: 'wantBinding', mac: STATION.mac });
  debug.packets.discarded('authentication failed');
  debug.radius('out', { code: 1, identifier: 5, authenticator: new Uint8Array(16), attributes: [] }, '192.0.2.1:1812');
}

it('is not loaded by what passes, nor by who asks what is on', () => {
  const { debug, loads } = make();
  everything(debug);
  expect([ask(debug, 'show debugging'), ask(debug, 'undebug')]).toEqual([[], 0]);
  debug.close();
  expect(loads()).toBe(0);
});

it('a terminal hears what passes once it is on, of each observer', async () => {
  const { debug, loads } = make();
  everything(debug);
  const heard = await terminal(debug, ['dot1x events', 'ip dhcp server events', 'ipv6 mobile packets', 'radius']);
  everything(debug);
  expect((await heard()).map((e) => (e.kind === 'line' ? e.topic : e.kind))).toEqual(['on', 'dot1x events', 'ip dhcp server events', 'ipv6 mobile packets', 'radius']);
  expect(ask(debug, 'show debugging')).toHaveLength(4);
  expect(ask(debug, 'undebug')).toBe(4);
  expect(loads()).toBe(1);
});

it('terminals that come at once share one, and are all told when it ends', async () => {
  const { debug, loads } = make();
  const both = await Promise.all([terminal(debug, ['arp']), terminal(debug, ['radius'])]);
  debug.close();
  for (const heard of both) expect((await heard()).at(-1)).toMatchObject({ kind: 'off', reason: 'the process ends' });
  expect(loads()).toBe(1);
});

it('a request that cannot be met is refused in words, and so is one whose words cannot be loaded', async () => {
  await expect(terminal(make().debug, ['nonsense'])).rejects.toThrow('nothing to debug is called "nonsense"');
  const { debug } = make(() => Promise.reject(new Error('debug: this part of the agent cannot be loaded')));
  await expect(terminal(debug, ['arp'])).rejects.toThrow('debug: this part of the agent cannot be loaded');
  everything(debug);
  expect(ask(debug, 'show debugging')).toEqual([]);
});
