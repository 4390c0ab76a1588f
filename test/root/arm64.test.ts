/**
 * The gateway of an arm64 router: its bundle and its addon in a real arm64 Node under user-mode emulation attach a phone to an
 * anchor of this machine. Emulated is the processor; the kernel is this machine's. What qemu-user does not hand on to it is not
 * proved here: bpf(2), hence no data path, and options of packet sockets, which a shim takes in its place.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scriptSocket } from '../../lab/configuration.ts';
import { nodeRelease } from '../../lab/nodeRelease.ts';
import { repository } from '../../lab/paths.ts';
import { startPmip, type Pmip } from '../../lab/pmip.ts';
import { stationScript } from '../../lab/stationScript.ts';
import { ACCESS } from '../../lab/topology.ts';
import { openWorld, type World } from '../../lab/world.ts';
import { buildAnew } from './built.ts';

/** qemu 7.2 answers ENOPROTOOPT to every option of a packet socket, and an agent does not start without them. */
const SHIM = `
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
  return level == SOL_PACKET ? 0 : (int)syscall(SYS_setsockopt, fd, level, name, value, length);
}`;

const scratch = mkdtempSync(join(tmpdir(), 'roamstead-arm64-'));
const shim = join(scratch, 'shim.so');
const agent = join(repository, 'dist/agent/agent.mjs');
let emulated: readonly string[] = [];

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/build-addon.mjs', '--arch', 'arm64'], { cwd: repository });
  buildAnew();
  writeFileSync(join(scratch, 'shim.c'), SHIM);
  execFileSync('aarch64-linux-gnu-gcc', ['-O2', '-shared', '-fPIC', '-o', shim, join(scratch, 'shim.c')]);
  emulated = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu', '-E', `LD_PRELOAD=${shim}`, nodeRelease('arm64')];
}, 180_000);
afterAll(() => rmSync(scratch, { recursive: true }));

const run = (...args: string[]): string => execFileSync(emulated[0] as string, [...emulated.slice(1), ...args], { encoding: 'utf8' });

it('what qemu-user does not know is refused, and said', () => {
  const call = "const n = require(process.argv[1]); console.log(process.arch, n.bpf(0, new Uint8Array(72), []))";
  expect(run('-e', call, join(repository, 'build/roamstead-arm64.node')).trim()).toBe('arm64 -38');
});

describe('an arm64 gateway', () => {
  let world: World;
  let pmip: Pmip;
  beforeAll(async () => {
    world = await openWorld({ homes: 1, phones: 1, delayMs: 0, prefix: 'rsa64-' });
    pmip = await startPmip(world, { stations: 'script', agent: () => ({ datapath: 'none', scheduling: 'normal' }), agentCommand: (_, [, , ...args]) => [...emulated, agent, ...args] });
  }, 60_000);
  afterAll(() => world.close());

  it('registers a phone with an anchor of another machine', async () => {
    const { mac, identity } = world.phone(1);
    const script = await stationScript(scriptSocket(world.folder, world.home(1)));
    await pmip.arrival(1, mac, () => script.attach(ACCESS, mac));
    expect(await pmip.ask(1, 'show mag binding')).toMatchObject([{ mnnai: identity, state: 'active', 'peer-id': 'lma1', tunnel: { transport: 'gre6' } }]);
    await pmip.departure(1, mac, () => script.detach(ACCESS, mac));
    script.close();
  });

  it('answers the command of its own machine', () => {
    const socket = join(world.folder, 'agent1.sock');
    expect(run(agent, 'show', 'version')).toContain('linux arm64');
    expect(JSON.parse(run(agent, 'agent', 'status', '--json', '--socket', socket))).toMatchObject({ identity: 'home1@lab.example', sharing: { guests: 0 } });
  });
});
