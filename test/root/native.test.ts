import { execFileSync, spawnSync } from 'node:child_process';
import { constants, openSync, closeSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { available, check, errnoName, locateAddon, native, NativeError } from '../../linux/native.ts';
import { inNamespace } from '../../linux/namespace.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_TYPE = 3;
const abstract = (name: string) => Uint8Array.from([AF_UNIX, 0, 0, ...Buffer.from(name)]);
const BPF_MAP_CREATE = 0;
const BPF_MAP_LOOKUP_ELEM = 1;
const BPF_MAP_UPDATE_ELEM = 2;

const ns = `rsnat${process.pid}`;
let addon = '';
beforeAll(() => {
  execFileSync(process.execPath, ['scripts/build-addon.mjs']);
  addon = locateAddon() ?? '';
  execFileSync('ip', ['netns', 'add', ns]);
});
afterAll(() => {
  execFileSync('ip', ['netns', 'del', ns]);
});

const untilCalled = <T>(start: (done: (value: T) => void) => void) => new Promise<T>(start);

describe('the addon', () => {
  test('is available', () => expect(available()).toBe(true));

  test('survives every wrong argument', () => {
    const script = `
      const n = require(process.argv[1]);
      const odd = [undefined, null, {}, 'x', -1, 1e99, NaN, 1.5, true, 1n, Symbol(), [], [[0]], [[0, 1]], [[-1, new Uint8Array(8)]],
        [[4, new Uint8Array(8)]], [[1e9, new Uint8Array(8)]], () => 0, new Uint8Array(0), new Uint8Array(8), new Uint16Array(9), new Uint32Array(1),
        new DataView(new ArrayBuffer(8)), 4242, 'x'.repeat(5000)];
      let thrown = 0, returned = 0, seed = 1;
      const next = (n) => (seed = (seed * 48271) % 2147483647) % n;
      for (const [name, f] of Object.entries(n)) {
        for (let i = 0; i < 4000; i++) {
          const given = Array.from({ length: next(7) }, () => odd[next(odd.length)]);
          if (i % 2) given[0] = 4242;
          try { f(...given); returned++ } catch (e) { if (!(e instanceof TypeError)) throw e; thrown++ }
        }
      }
      console.log(thrown > 10000 && returned > 1000 ? 'alive' : [thrown, returned]);`;
    const run = spawnSync(process.execPath, ['-e', script, addon], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.stdout.trim()).toBe('alive');
  });

  test('an error has its name and says what to do', () => {
    expect(() => check('bind to 192.0.2.1', -99)).toThrow(/bind to 192\.0\.2\.1: EADDRNOTAVAIL \(no interface here/);
    expect(new NativeError('open x', 'ENOENT').errno).toBe('ENOENT');
    expect(errnoName(-524)).toBe('errno 524');
    expect(native().open('/nonexistent', constants.O_RDONLY)).toBe(-2);
  });

  test('an ioctl with a short buffer is refused before the kernel writes past its end', () => {
    expect(() => native().ioctl(0, 0x8927, new Uint8Array(32))).toThrow(/larger buffer/);
  });

  test('datagrams are polled and received with their sender', async () => {
    const n = native();
    const a = check('socket', n.socket(AF_UNIX, SOCK_DGRAM, 0));
    const b = check('socket', n.socket(AF_UNIX, SOCK_DGRAM, 0));
    const nameA = abstract(`${ns}-a`);
    const nameB = abstract(`${ns}-b`);
    expect([n.bind(a, nameA), n.bind(b, nameB), n.connect(a, nameB)]).toEqual([0, 0, 0]);
    const seen = untilCalled<number>((done) => n.pollStart(b, done));
    expect(n.sendmsg(a, Buffer.from('hello'))).toBe(5);
    expect(await seen).toBe(0);
    const data = new Uint8Array(3);
    const from = new Uint8Array(128);
    const lengths = new Uint32Array(3);
    expect(n.recvmsg(b, data, from, null, lengths)).toBe(3);
    expect(Buffer.from(data).toString()).toBe('hel');
    expect(from.slice(0, lengths[0])).toEqual(nameA);
    expect(lengths[2]).toBe(0x20); // MSG_TRUNC
    expect(n.recvmsg(b, data, from, null, lengths)).toBe(-11);
    const name = new Uint8Array(128);
    expect(name.slice(0, n.getsockname(b, name))).toEqual(nameB);
    const type = new Uint8Array(4);
    expect([n.getsockopt(b, SOL_SOCKET, SO_TYPE, type), type[0]]).toEqual([4, SOCK_DGRAM]);
    expect([n.close(a), n.close(b)]).toEqual([0, 0]);
  });

  test('closing an fd stops its poll, and a stopped poll is unknown', () => {
    const n = native();
    const fd = check('socket', n.socket(AF_UNIX, SOCK_DGRAM, 0));
    const id = check('poll', n.pollStart(fd, () => {}));
    expect(n.pollStart(fd, () => {})).toBe(-17); // one poll for each fd
    expect(n.pollRef(id, false)).toBe(0);
    expect(n.close(fd)).toBe(0);
    expect(n.pollStop(id)).toBe(-2);
    expect(n.pollStart(fd, () => {})).toBe(-9);
  });

  test('an error thrown in a callback reaches uncaughtException, and the poll may stop itself', () => {
    const script = `
      const n = require(process.argv[1]);
      const fd = n.socket(1, 2, 0);
      n.bind(fd, Uint8Array.from([1, 0, 0, ...Buffer.from('${ns}-self')]));
      const id = n.pollStart(fd, () => { n.pollStop(id); n.close(fd); throw new Error('thrown inside') });
      process.on('uncaughtException', (e) => console.log(e.message));
      n.sendmsg(fd, Buffer.from('x'), Uint8Array.from([1, 0, 0, ...Buffer.from('${ns}-self')]));`;
    const run = spawnSync(process.execPath, ['-e', script, addon], { encoding: 'utf8' });
    expect([run.stdout.trim(), run.stderr, run.status]).toEqual(['thrown inside', '', 0]);
  });

  test('a worker that ends with polls running takes them down', () => {
    const script = `
      const { Worker } = require('node:worker_threads');
      const once = () => new Promise((done) => new Worker(\`
        const n = require(\${JSON.stringify(process.argv[1])});
        for (let i = 0; i < 5; i++) n.pollStart(n.socket(1, 2, 0), () => {});
        setImmediate(() => process.exit());\`, { eval: true }).on('exit', done));
      (async () => { for (let i = 0; i < 5; i++) await once(); console.log('alive') })();`;
    const run = spawnSync(process.execPath, ['-e', script, addon], { encoding: 'utf8' });
    expect([run.stdout.trim(), run.stderr, run.status]).toEqual(['alive', '', 0]);
  });

  test('bpf creates a hash map, writes and reads it through pointers', () => {
    const n = native();
    const create = new Uint8Array(72);
    new Uint32Array(create.buffer).set([1, 4, 8, 16]); // BPF_MAP_TYPE_HASH, key 4, value 8, 16 entries
    const fd = check('BPF_MAP_CREATE', n.bpf(BPF_MAP_CREATE, create, []));
    const attr = new Uint8Array(32);
    new Uint32Array(attr.buffer)[0] = fd;
    const key = Uint8Array.from([1, 2, 3, 4]);
    const value = Uint8Array.from([8, 7, 6, 5, 4, 3, 2, 1]);
    const got = new Uint8Array(8);
    expect(n.bpf(BPF_MAP_LOOKUP_ELEM, attr, [[8, key], [16, got]])).toBe(-2);
    expect(n.bpf(BPF_MAP_UPDATE_ELEM, attr, [[8, key], [16, value]])).toBe(0);
    expect(n.bpf(BPF_MAP_LOOKUP_ELEM, attr, [[8, key], [16, got]])).toBe(0);
    expect(got).toEqual(value);
    n.close(fd);
  });

  test('the monotonic clock is that of process.hrtime', () => {
    const before = Number(process.hrtime.bigint()) / 1e6;
    const at = native().clockMonotonicMs();
    expect(at).toBeGreaterThanOrEqual(before - 1);
    expect(at).toBeLessThanOrEqual(Number(process.hrtime.bigint()) / 1e6 + 1);
  });

  test('work runs in another namespace and comes back, also after an error', () => {
    execFileSync('ip', ['-n', ns, 'link', 'add', 'onlyhere', 'type', 'veth', 'peer', 'name', 'theother']);
    const index = () => native().ifNameToIndex('onlyhere');
    expect(index()).toBe(-19);
    expect(inNamespace(ns, index)).toBeGreaterThan(0);
    expect(() => inNamespace(ns, () => { throw new Error('inside'); })).toThrow('inside');
    expect(index()).toBe(-19);
    expect(() => inNamespace('no-such-namespace', index)).toThrow(/ip netns add/);
  });

  test('a realtime thread is one to the kernel, and what it starts is not', () => {
    // Fields 40 and 41 of /proc/PID/stat: realtime priority and policy (2: SCHED_RR).
    const policy = "require('fs').readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ').slice(37, 39).join(' ')";
    const child = `require('child_process').execFileSync(process.execPath, ['-p', ${JSON.stringify(policy)}]).toString().trim()`;
    const out = execFileSync(process.execPath, ['-p', `[require(${JSON.stringify(addon)}).realtime(), ${policy}, ${child}].join(', ')`], { encoding: 'utf8' });
    expect(out.trim()).toBe('0, 1 2, 0 0');
  });

  test('read, write and open work on plain files', () => {
    const n = native();
    const path = `/tmp/${ns}.file`;
    closeSync(openSync(path, 'w'));
    const fd = check('open', n.open(path, constants.O_RDWR));
    expect([n.write(fd, Buffer.from('abc')), n.close(fd)]).toEqual([3, 0]);
    const again = check('open', n.open(path, constants.O_RDONLY));
    const data = new Uint8Array(8);
    expect([n.read(again, data), Buffer.from(data.slice(0, 3)).toString(), n.close(again)]).toEqual([3, 'abc', 0]);
    execFileSync('rm', [path]);
  });
});
