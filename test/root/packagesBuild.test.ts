/** `npm run package`'s program as it is run: what it says, that its octets follow from the payload alone, and that other tools read them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '../..');
let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'roamstead-build-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A checkout with the program and a small payload; `mode` is what the umask of whoever made it left. */
async function checkout(name: string, mode: number, names: readonly string[]): Promise<string> {
  const root = join(folder, name);
  await build({ entryPoints: [join(source, 'packaging/main.ts')], outfile: join(root, 'dist/package.mjs'), bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' });
  for (const path of ['package.json', 'LICENSE', 'CHANGELOG.md', 'docs/LINUX.md', 'examples', 'agent/openwrt/files', 'agent/linux']) cpSync(join(source, path), join(root, path), { recursive: true });
  for (const path of names) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), `content of ${path}\n`.repeat(300));
    chmodSync(join(root, path), mode);
  }
  return root;
}

const PAYLOAD = ['dist/agent-openwrt/agent.mjs', 'dist/agent-openwrt/Zeta.mjs', 'dist/agent-openwrt/äther.mjs', 'dist/agent-openwrt/pmip.bpf.o', 'dist/agent-openwrt/agent.mjs.map', 'dist/agent/agent.mjs', 'dist/agent/pmip.bpf.o', 'build/roamstead-x64.node', 'build/roamstead-arm64.node', 'build/roamstead-arm.node', 'build/bench-packets', `agent/openwrt/luci/htdocs/luci-static/resources/view/roamstead/${'long'.repeat(20)}.js`];

function run(root: string, args: readonly string[], environment: Readonly<Record<string, string>>, umask = '022'): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const done = spawnSync('sh', ['-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath, join(root, 'dist/package.mjs'), ...args], { encoding: 'utf8', cwd: root, env: { PATH: process.env['PATH'] ?? '', ...environment } });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

function filesBelow(root: string): Record<string, string> {
  return Object.fromEntries(readdirSync(root, { recursive: true, encoding: 'utf8' }).sort().filter((name) => statSync(join(root, name)).isFile()).map((name) => [name, createHash('sha256').update(readFileSync(join(root, name))).digest('hex')]));
}

describe('npm run package', () => {
  let first: string;
  let keys: string;
  beforeAll(async () => {
    first = await checkout('first', 0o644, PAYLOAD);
    keys = join(folder, 'keys');
    expect(run(first, ['--make-keys', keys], {})).toMatchObject({ code: 0, stdout: expect.stringContaining('roamstead.rsa (apk) and roamstead.sec (opkg)') });
  });

  it('makes the same octets of the same payload, whoever makes them, where and when', async () => {
    const second = await checkout('second/further/away', 0o600, PAYLOAD.toReversed());
    expect(run(first, [], { ROAMSTEAD_SIGNING_KEYS: keys, TZ: 'UTC', LANG: 'C' })).toMatchObject({ code: 0, stderr: '' });
    expect(run(second, [], { ROAMSTEAD_SIGNING_KEYS: keys, TZ: 'Asia/Tokyo', LC_ALL: 'sv_SE.UTF-8', LANG: 'sv_SE.UTF-8' }, '077')).toMatchObject({ code: 0, stderr: '' });
    const made = filesBelow(join(first, 'dist/packages'));
    expect(Object.keys(made)).toEqual(expect.arrayContaining(['openwrt-24.10/Packages.sig', 'openwrt-24.10/roamstead_0.1.0-r1_all.ipk', 'openwrt-25.12/APKINDEX.tar.gz', 'openwrt-25.12/roamstead-0.1.0-r1.apk']));
    expect(filesBelow(join(second, 'dist/packages'))).toEqual(made);
  });

  it('SOURCE_DATE_EPOCH dates every file', () => {
    const out = join(folder, 'dated');
    expect(run(first, ['--unsigned', '--out', out], { SOURCE_DATE_EPOCH: '1000000000' })).toMatchObject({ code: 0 });
    const listed = execFileSync('tar', ['--full-time', '--utc', '-tvzf', join(out, 'openwrt-25.12/roamstead-0.1.0-r1.apk')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(new Set(listed.match(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g))).toEqual(new Set(['2001-09-09 01:46:40']));
    expect(run(first, ['--unsigned', '--out', out], { SOURCE_DATE_EPOCH: 'yesterday' })).toMatchObject({ code: 1, stderr: 'package: SOURCE_DATE_EPOCH is "yesterday", expected seconds since 1970\n' });
  });

  it('is signed by another step as well, which needs nothing but the feeds and the keys', () => {
    const out = join(folder, 'later');
    expect(run(first, ['--unsigned', '--out', out], {})).toMatchObject({ code: 0, stdout: expect.not.stringContaining('signed') });
    expect(existsSync(join(out, 'openwrt-24.10/Packages.sig'))).toBe(false);
    const other = join(folder, 'elsewhere');
    mkdirSync(join(other, 'dist'), { recursive: true });
    for (const path of ['package.json', 'dist/package.mjs']) cpSync(join(first, path), join(other, path));
    expect(run(other, ['--sign', '--out', out], { ROAMSTEAD_SIGNING_KEYS: keys })).toMatchObject({ code: 0, stderr: '' });
    expect(filesBelow(out)).toEqual(filesBelow(join(first, 'dist/packages')));
  });

  it('without keys of its own makes a development key once, and says so', () => {
    const out = join(folder, 'development');
    const state = join(folder, 'state');
    expect(run(first, ['--out', out], { XDG_STATE_HOME: state, ROAMSTEAD_SIGNING_KEYS: '' })).toMatchObject({ code: 1, stderr: expect.stringContaining('ROAMSTEAD_SIGNING_KEYS is empty') });
    expect(existsSync(state)).toBe(false);
    expect(run(first, ['--sign', '--out', out], { XDG_STATE_HOME: state }).stderr).toContain('WARNING: signed with a development key');
    const said = [1, 2].map(() => run(first, ['--out', out], { XDG_STATE_HOME: state }).stdout.split('\n').find((line) => line.includes('signed')));
    expect(said[0]).toMatch(/signed with the DEVELOPMENT keys of .*roamstead-DEVELOPMENT\.rsa\.pub \(apk\)/);
    expect(said[1]).toBe(said[0]);
    const folderOfKeys = join(state, 'roamstead/signing-DEVELOPMENT');
    expect(readdirSync(folderOfKeys).map((name) => [name, (statSync(join(folderOfKeys, name)).mode & 0o777).toString(8)])).toEqual([['roamstead-DEVELOPMENT.rsa', '600'], ['roamstead-DEVELOPMENT.sec', '600']]);
    expect(readFileSync(join(out, 'openwrt-24.10/Packages.sig'), 'utf8')).toMatch(/^untrusted comment: roamstead-DEVELOPMENT key [0-9a-f]{16}\n/);
    // Signed anew by others, the feed offers no key of before.
    expect(run(first, ['--sign', '--out', out], { ROAMSTEAD_SIGNING_KEYS: keys })).toMatchObject({ code: 0, stderr: '' });
    expect(filesBelow(out)).toEqual(filesBelow(join(first, 'dist/packages')));
  });

  it('refuses keys that others may read, and a folder without keys', () => {
    const open = join(folder, 'open');
    cpSync(keys, open, { recursive: true });
    chmodSync(join(open, 'roamstead.rsa'), 0o644);
    expect(run(first, ['--sign'], { ROAMSTEAD_SIGNING_KEYS: open })).toMatchObject({ code: 1, stderr: expect.stringContaining('others may read') });
    expect(run(first, ['--sign'], { ROAMSTEAD_SIGNING_KEYS: join(folder, 'none') })).toMatchObject({ code: 1, stderr: expect.stringContaining('has 0 files *.rsa, expected one') });
    expect(run(first, ['--make-keys', keys], {})).toMatchObject({ code: 1, stderr: expect.stringContaining('has keys already') });
  });

  it('runtimes of several machines lie in folders of their own and stay; what is not of this version goes', () => {
    const out = join(folder, 'runtimes');
    const program = (name: string, compiler: string, loader: string): string => {
      execFileSync(compiler, ['-x', 'c', '-', '-o', join(folder, name), `-Wl,--dynamic-linker=${loader}`], { input: 'const char release[] = "node-v20.20.2"; int main(void) { return release[1]; }' });
      return join(folder, name);
    };
    const [x64, arm64] = [program('x64', 'x86_64-linux-gnu-gcc', '/lib/ld-musl-x86_64.so.1'), program('arm64', 'aarch64-linux-gnu-gcc', '/lib/ld-musl-aarch64.so.1')];
    for (const [node, arch] of [[x64, 'x86_64'], [arm64, 'aarch64_cortex-a53']] as const) {
      mkdirSync(join(out, 'openwrt-25.12'), { recursive: true });
      writeFileSync(join(out, 'openwrt-25.12/roamstead-0.0.1-r1.apk'), 'old');
      expect(run(first, ['--out', out, '--node', node, '--arch', arch], { ROAMSTEAD_SIGNING_KEYS: keys })).toMatchObject({ code: 0, stderr: '' });
    }
    expect(readdirSync(join(out, 'openwrt-25.12')).sort()).toEqual(['APKINDEX', 'APKINDEX.tar.gz', 'aarch64_cortex-a53', 'luci-app-roamstead-0.1.0-r1.apk', 'roamstead-0.1.0-r1.apk', 'roamstead.rsa.pub', 'x86_64']);
    expect(readdirSync(join(out, 'openwrt-25.12/x86_64')).sort()).toEqual(['APKINDEX', 'APKINDEX.tar.gz', 'roamstead-node-20.20.2-r1.apk', 'roamstead.rsa.pub']);
    expect(run(first, ['--out', out, '--node', arm64, '--arch', 'x86_64'], {})).toMatchObject({ code: 1, stderr: 'package: --node: the binary is for another machine than x86_64 (e_machine 183)\n' });
    expect(run(first, ['--node', arm64], {})).toMatchObject({ code: 1, stderr: 'package: --node and --arch belong together\n' });
  });

  it('says what is missing where there is no Zopfli', () => {
    const bare = join(folder, 'bare');
    mkdirSync(bare);
    symlinkSync('/bin/sh', join(bare, 'sh'));
    expect(run(first, ['--unsigned', '--out', join(folder, 'unpacked')], { PATH: bare })).toMatchObject({ code: 1, stderr: expect.stringMatching(/^package: there is no program zopfli, .*apt-get install zopfli\)\n$/) });
  });

  it('makes packages of what is built here that routers have room for, and other tools unpack what Zopfli packed', () => {
    const out = join(folder, 'real');
    const done = spawnSync(process.execPath, [join(source, 'scripts/package.mjs'), '--unsigned', '--out', out], { encoding: 'utf8' });
    // Whether there is something to set up or to build anew is not what is asked.
    expect([done.status, done.stderr.replaceAll(/^set-up: .*\n/gm, '')]).toEqual([0, '']);
    for (const file of ['openwrt-24.10/roamstead_0.1.0-r1_all.ipk', 'openwrt-25.12/roamstead-0.1.0-r1.apk']) expect(statSync(join(out, file)).size).toBeLessThan(250_000);
    const listed = execFileSync('sh', ['-c', `tar -xzOf ${join(out, 'openwrt-24.10/roamstead_0.1.0-r1_all.ipk')} ./data.tar.gz | tar -tz`], { encoding: 'utf8' }).split('\n');
    expect(listed).toEqual(expect.arrayContaining(['./usr/lib/roamstead/agent.mjs', './usr/lib/roamstead/pmip.bpf.o', './usr/lib/roamstead/build/roamstead-arm64.node']));
  }, 120_000);

  it('fails when roamstead has more octets than routers have room for, after all files are written', async () => {
    const large = await checkout('large', 0o644, PAYLOAD);
    writeFileSync(join(large, 'dist/agent-openwrt/noise.mjs'), Buffer.concat(Array.from({ length: 5000 }, (_, i) => createHash('sha512').update(String(i)).digest())));
    expect(run(large, ['--unsigned'], {})).toMatchObject({ code: 1, stderr: expect.stringMatching(/^package: roamstead_0\.1\.0-r1_all\.ipk has \d+ octets, of which at most 250000 are allowed/) });
    expect(existsSync(join(large, 'dist/packages/openwrt-25.12/roamstead-0.1.0-r1.apk'))).toBe(true);
  });

  it('GNU tar and busybox read the packages alike', () => {
    const ipk = join(first, 'dist/packages/openwrt-24.10/luci-app-roamstead_0.1.0-r1_all.ipk');
    const name = `./www/luci-static/resources/view/roamstead/${'long'.repeat(20)}.js`;
    const list = (command: string) => execFileSync('sh', ['-c', command, 'sh', ipk], { encoding: 'utf8' }).split('\n').map((line) => line.replace(/\/$/, '')).filter((line) => line !== '');
    const gnu = list('tar -xzOf "$1" ./data.tar.gz | tar -tz');
    expect(gnu.at(-1)).toBe(name);
    expect(list('busybox tar -xzOf "$1" ./data.tar.gz | busybox tar -tz')).toEqual(gnu);
    expect(list(`tar -xzOf "$1" ./data.tar.gz | tar -xzO '${name}' | head -1`)).toEqual([`content of agent/openwrt/luci/htdocs/luci-static/resources/view/roamstead/${'long'.repeat(20)}.js`]);
  });
});
