/**
 * How long an anchor takes that starts with the bindings of its last run: from `roamstead lma` to "is ready", the seconds and those
 * of processor time, beside a bare reading of the same database in the same round. Without a data path; what writing all paths
 * costs is in the part `scale`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BindingRecord } from '../cloud/lma/bindingStore.ts';
import { formatUpperHalf, ipv4FromNumber } from '../protocol/address.ts';
import { levelStore } from '../cloud/store/levelStore.ts';
import { roamstead } from '../lab/paths.ts';
import { until } from '../lab/processes.ts';
import { anchorFile, processorTime } from './anchorRate.ts';
import { macOf } from './gateways.ts';
import { median, ratio } from './statistics.ts';

export interface RestartResult {
  readonly bindings: number;
  /** Medians over the rounds. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Every entry read in parts and dropped, in a process of its own. */
  readonly bareSeconds: number;
  readonly toBare: number;
}

const PORT = 16_441;
const PER_GATEWAY = 100;
const PART = 1000;
const LONGEST = 300_000;
const HOUR = 3600;
/** 10.0.0.1 is the subscribers' router. */
const FIRST_ADDRESS = 0x0a00_0001;
/** Entries of the database in `argv[1]`, read as the anchor reads them. */
const BARE = `
const { default: { ClassicLevel } } = await import('classic-level');
const db = new ClassicLevel(process.argv[1]);
await db.open();
const all = db.iterator();
for (let part = await all.nextv(${PART}); part.length > 0; part = await all.nextv(${PART}));
console.log('it is ready');
setInterval(() => undefined, 1000);`;

export async function benchAnchorRestart(bindings: number, rounds: number): Promise<RestartResult> {
  const folder = mkdtempSync(join(tmpdir(), 'rs-restart-'));
  try {
    const database = join(folder, 'state', 'bindings');
    await fill(database, bindings);
    const file = join(folder, 'lma.yaml');
    writeFileSync(file, anchorFile(folder, PORT, { level: {} }, bindings));
    const anchor: Start[] = [];
    const bare: Start[] = [];
    for (let round = 0; round < rounds; round++) {
      bare.push(await start(folder, ['--input-type=module', '-e', BARE, database]));
      anchor.push(await start(folder, [roamstead, 'lma', '--config', file]));
      if (!anchor.at(-1)?.log.includes(`bindings=${bindings}`)) throw new Error(`the anchor did not take up ${bindings} bindings: ${anchor.at(-1)?.log.slice(0, 1000)}`);
    }
    const seconds = (all: readonly Start[]) => all.map((s) => s.seconds);
    return { bindings, seconds: median(seconds(anchor)), cpuSeconds: median(anchor.map((s) => s.cpuSeconds)), bareSeconds: median(seconds(bare)), toBare: ratio(seconds(anchor), seconds(bare)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Start {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly log: string;
}

/** Until it says that it is ready; then it is killed. */
async function start(folder: string, argv: readonly string[]): Promise<Start> {
  const log = join(folder, 'log');
  const out = openSync(log, 'w');
  const begun = performance.now();
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ...argv], { stdio: ['ignore', out, out] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await until(`${argv[0]} to be ready`, LONGEST, () => readFileSync(log, 'utf8').includes('is ready'));
    return { seconds: (performance.now() - begun) / 1000, cpuSeconds: processorTime(child.pid as number) / 1e6, log: readFileSync(log, 'utf8') };
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

async function fill(database: string, bindings: number): Promise<void> {
  mkdirSync(database, { recursive: true });
  const store = await levelStore(database, (e) => {
    throw e;
  });
  const at = Date.now();
  for (let first = 1; first <= bindings; first += PART) {
    const part = Array.from({ length: Math.min(PART, bindings + 1 - first) }, (_, i) => recordOf(first + i, at));
    await store.commit(part.map((record) => ({ key: String(record.index), record })));
  }
  await store.close();
}

/** Of a subscriber with both families behind one of the gateways. */
function recordOf(n: number, at: number): BindingRecord {
  const home = Math.floor(n / PER_GATEWAY);
  const remote = `100.${64 + (home >>> 16)}.${(home >>> 8) & 255}.${home & 255}`;
  return {
    service: 'bench',
    index: n,
    mnId: { subtype: 1, identifier: `subscriber${n}@bench.example` },
    technology: 4,
    linkLayerId: macOf(n),
    prefixes: [`${formatUpperHalf(0x2001_0db8, n)}/64`],
    homeAddress: ipv4FromNumber(FIRST_ADDRESS + n),
    apn: 'internet',
    mag: `home${home}@bench.example`,
    endpoint: { transport: 'udp', local: '127.0.0.1', remote, remotePort: 5436 },
    proxyCoa: remote,
    timestamp: String(BigInt(at) << 16n),
    sequence: n & 0xffff,
    receivedAt: at,
    lifetime: HOUR,
    expiresAt: at + HOUR * 1000,
    encapsulation: 'udp4',
    uplinkKey: (Math.imul(n, 0x9e37_79b1) >>> 0) || 1,
    downlinkKey: n,
    wanMtu: 1500,
  };
}
