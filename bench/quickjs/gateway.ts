/**
 * A gateway for the benchmark, the same source on QuickJS and on Node: the product's MAG, loop, signalling, sockets, and if asked
 * its data path and conversations with phones. What it lacks of the product: configuration, fleet, AAA, retention, `show`.
 * It reads commands from its standard input and tells what happens on its standard output, a line each.
 */
import { openAccessLink, type AccessLink } from '../../agent/accessLink.ts';
import { prepareAccessInterface } from '../../agent/accessInterface.ts';
import { defaultTimers, type LmaPeer } from '../../agent/mag/config.ts';
import type { MagEffect, MagEvent } from '../../agent/mag/events.ts';
import { createMag, deadline, step } from '../../agent/mag/mag.ts';
import { wantedPaths } from '../../agent/wantedPaths.ts';
import { startBpfPaths } from '../../linux/datapath/bpfPaths.ts';
import { nonePaths } from '../../linux/datapath/nonePaths.ts';
import { native } from '../../linux/native.ts';
import { MAG_LINK_LOCAL } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import type { Transition } from '../../protocol/entity.ts';
import { now } from '../../runtime/clock.ts';
import { createLoop } from '../../runtime/loop.ts';
import { createRandom32 } from '../../runtime/random.ts';
import { openSignalling } from '../../runtime/signalling.ts';

export interface GatewaySetup {
  readonly identity: string;
  /** Hex. */
  readonly key: string;
  readonly lma: LmaPeer;
  readonly careOf: { readonly ipv4?: string; readonly ipv6?: string };
  readonly port: number;
  /** Absent: it signals and forwards nothing, and stations are said by command. */
  readonly datapath?: { readonly wan: string; readonly access: string };
  /** NAIs of the phones that it may serve, by MAC; others are named by their MAC. */
  readonly phones?: Readonly<Record<Mac, string>>;
}

const ACCESS = 'bench';
const IPV4 = '0.0.0.0';
const STANDARD_INPUT = 0;
const STANDARD_OUTPUT = 1;
/** Octets of a hex text. */
const octetsOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

function tell(record: object): void {
  native().write(STANDARD_OUTPUT, new TextEncoder().encode(`${JSON.stringify(record)}\n`));
}

/** Runs until its standard input ends, by calling `end`. */
export async function runGateway(setup: GatewaySetup, end: () => void): Promise<void> {
  const { identity, lma, careOf, datapath, phones = {} } = setup;
  const onError = (e: Error): void => tell({ kind: 'error', message: e.message });
  const paths = datapath ? startBpfPaths({ role: 'mag', wan: [datapath.wan], access: [{ interface: datapath.access }], mtu: 1472, maxPaths: 256 }) : nonePaths();
  const wanted = wantedPaths(paths, now, onError);
  const mag = createMag({ identity, domain: 'bench', lmas: [lma], timers: defaultTimers, timestamps: true, noRoaming: false, linkLocal: MAG_LINK_LOCAL, assumeDhcpServer: false, restartCounter: 1, random32: createRandom32() });
  const feed = (event: MagEvent): void => loop.feed(event);
  let link: AccessLink | undefined;
  /** A command's question: tell when so many are in this state. */
  let awaited: { readonly state: string; left: number } | undefined;
  let quiet = false;

  const loop = createLoop<MagEvent, MagEffect>({ now, timer: { kind: 'timer' }, step: (event, at) => step(mag, event, at), deadline: () => deadline(mag), perform, onError });

  function perform(effect: MagEffect): void {
    switch (effect.kind) {
      case 'send':
        return signalling.send({ ...effect, to: { ...effect.to, remotePort: setup.port } });
      case 'transition':
        return report(effect);
      case 'setPath':
        return wanted.set(effect.path);
      case 'removePath':
        return wanted.remove(effect.index);
      case 'loadProfile': {
        const { mac } = effect.station;
        const nai = phones[mac] ?? `${mac}@bench.example`;
        return feed({ kind: 'profile', mac, question: effect.question, answer: { profile: { nai, apn: 'internet', lmas: [], ipv4: true, ipv6: true, dns4: [], dns6: [], source: 'local' } } });
      }
      case 'session':
        return link?.session(effect.mac, effect.session);
      case 'checkPresence':
        return link ? link.probe(effect.mac) : feed({ kind: 'seen', mac: effect.mac, at: now().at });
      case 'discard':
        return tell({ kind: 'discard', reason: effect.reason });
      default:
        return undefined;
    }
  }

  function report(t: Transition): void {
    if (!quiet) tell({ kind: 'transition', mac: t.linkLayerId, from: t.from, to: t.to, at: t.at, stages: t.stages, switchedAt: wanted.setAt(mag.list.byMac.get(t.linkLayerId ?? '')?.path?.index ?? -1) });
    if (awaited && t.to === awaited.state && --awaited.left === 0) {
      awaited = undefined;
      tell({ kind: 'done', at: native().clockMonotonicMs() });
    }
  }

  const key = octetsOf(setup.key);
  const remote = new Set([lma.ipv4, lma.ipv6]);
  const signalling = await openSignalling({
    role: 'mag',
    identity,
    ...(careOf.ipv4 ? { ipv4: [datapath ? IPV4 : careOf.ipv4] } : {}),
    ...(careOf.ipv6 ? { ipv6: [careOf.ipv6] } : {}),
    port: setup.port,
    associations: { claimed: (_, from) => (remote.has(from.remote) ? lma.id : undefined), keyOf: () => key, required: () => true },
    onReceived: feed,
    onUnknown: (from) => feed({ kind: 'unknownMessage', from }),
    onDiscard: (reason) => tell({ kind: 'discard', reason }),
    onError,
  });

  const attach = (mac: Mac, at = now().at): void => feed({ kind: 'stationAttached', station: { interface: datapath?.access ?? ACCESS, mac }, at });
  const many = (count: number, first: number): Mac[] => Array.from({ length: count }, (_, i) => `02:bb:00:00:${((first + i) >> 8).toString(16).padStart(2, '0')}:${((first + i) & 255).toString(16).padStart(2, '0')}`);
  const commands: Readonly<Record<string, (...words: readonly string[]) => void>> = {
    attach: (mac = '') => attach(mac),
    attachMany(count, first) {
      awaited = { state: 'active', left: Number(count) };
      for (const mac of many(Number(count), Number(first))) attach(mac);
    },
    /** Each tells its LMA that it is gone. */
    giveUp() {
      awaited = { state: 'gone', left: mag.list.byMac.size };
      feed({ kind: 'giveUp', scope: { kind: 'all' }, reason: 'the benchmark goes on' });
    },
    quiet: (on) => void (quiet = on === 'on'),
    bindings: () => tell({ kind: 'bindings', count: mag.list.byMac.size }),
  };

  if (datapath) {
    prepareAccessInterface(datapath.access);
    link = openAccessLink({
      device: datapath.access,
      now,
      onStation: (mac) => (mag.list.byMac.has(mac) ? feed({ kind: 'seen', mac, at: now().at }) : attach(mac)),
      onWish: (wish) => (wish.kind === 'wantBinding' ? feed({ kind: 'wantBinding', station: { interface: datapath.access, mac: wish.mac } }) : feed(wish)),
      onCount: () => undefined,
      onError,
    });
  }
  listen((line) => {
    const [name = '', ...words] = line.split(' ');
    commands[name]?.(...words);
  }, () => {
    if (datapath && 'stop' in paths) (paths as ReturnType<typeof startBpfPaths>).stop({ keepForwarding: false });
    end();
  });
  feed({ kind: 'clock', synchronised: true });
  feed({ kind: 'careOf', careOf: { ...careOf, mtu: 1500 } });
  tell({ kind: 'ready', at: native().clockMonotonicMs() });
}

/** Lines of the standard input, until it ends. */
function listen(onLine: (line: string) => void, onEnd: () => void): void {
  const n = native();
  const part = new Uint8Array(4096);
  let text = '';
  const poll = n.pollStart(STANDARD_INPUT, () => {
    const count = n.read(STANDARD_INPUT, part);
    if (count <= 0) {
      n.pollStop(poll);
      return onEnd();
    }
    const lines = (text + new TextDecoder().decode(part.subarray(0, count))).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
