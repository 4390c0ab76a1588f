/**
 * Set-up with nothing installed but Node: npm packages, Debian packages, the C addon, the bundle. Plain JavaScript on purpose.
 * Finding that all is there costs well under half a second, so every other command calls it first.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

/** What the product is built with and what its lab runs: Debian package, a file that only it brings, what does not work without. */
const PACKAGES = [
  { name: 'gcc', has: 'cc', without: 'the addon cannot be built: no hostapd events, no data path' },
  { name: 'libc6-dev', has: '/usr/include/stdio.h', without: 'the addon cannot be built: no hostapd events, no data path' },
  { name: 'iproute2', has: 'ip', without: 'no lab' },
  { name: 'iputils-ping', has: 'ping', without: 'no lab' },
  { name: 'hostapd', has: 'hostapd', without: 'no lab' },
  { name: 'wpasupplicant', has: 'wpa_supplicant', without: 'no lab' },
  { name: 'udhcpc', has: 'udhcpc', without: 'no lab' },
  { name: 'isc-dhcp-client', has: 'dhclient', without: 'no lab' },
  { name: 'nftables', has: 'nft', without: 'no lab' },
  { name: 'tcpdump', has: 'tcpdump', without: 'no lab' },
  { name: 'tshark', has: 'tshark', without: 'no lab' },
  { name: 'procps', has: 'sysctl', without: 'no lab' },
  { name: 'ethtool', has: 'ethtool', without: 'no lab' },
  { name: 'iperf3', has: 'iperf3', without: 'no benchmark' },
  { name: 'socat', has: 'socat', without: 'no lab' },
];

/** Only a rebuild of the data path's BPF object needs these; the compiled object is in the repository. */
const BPF_PACKAGES = [
  { name: 'clang', has: 'clang', without: 'the BPF object cannot be rebuilt' },
  { name: 'llvm', has: 'llvm-strip', without: 'the BPF object cannot be rebuilt' },
  { name: 'libbpf-dev', has: '/usr/include/bpf/bpf_helpers.h', without: 'the BPF object cannot be rebuilt' },
];

/** `npm run package` compiles and packs with these. */
const PACKAGING_PACKAGES = [
  { name: 'gcc-aarch64-linux-gnu', has: 'aarch64-linux-gnu-gcc', without: 'no addon for arm64' },
  { name: 'libc6-dev-arm64-cross', has: '/usr/aarch64-linux-gnu/include/stdio.h', without: 'no addon for arm64' },
  { name: 'gcc-arm-linux-gnueabihf', has: 'arm-linux-gnueabihf-gcc', without: 'no addon for armv7' },
  { name: 'libc6-dev-armhf-cross', has: '/usr/arm-linux-gnueabihf/include/stdio.h', without: 'no addon for armv7' },
  { name: 'zopfli', has: 'zopfli', without: 'no packages' },
];

/** Only the tests and `npm run lab:wifi` run these; `service`: what Debian would start with the package, and nobody asked for. */
const TEST_PACKAGES = [
  { name: 'freeradius', has: 'freeradius', without: 'no RADIUS server to test against', service: 'freeradius' },
  { name: 'freeradius-utils', has: 'radclient', without: 'no RADIUS server to test against' },
  { name: 'user-mode-linux', has: 'linux.uml', without: 'no test of the data path that needs no BPF' },
  { name: 'kmod', has: 'modprobe', without: 'no test of the data path that needs no BPF' },
  { name: 'redis-server', has: 'redis-server', without: 'no distributed store to test against', service: 'redis-server' },
  { name: 'mosquitto', has: 'mosquitto', without: 'no external broker to test against', service: 'mosquitto' },
  { name: 'postgresql', has: '/usr/lib/postgresql', without: 'no PostgreSQL to test against', service: 'postgresql' },
  { name: 'chromium', has: 'chromium', without: 'no browser to test the dashboard with' },
  { name: 'libstdc++6-arm64-cross', has: '/usr/aarch64-linux-gnu/lib/libstdc++.so.6', without: 'no arm64 Node to test the addon with' },
  { name: 'libstdc++6-armhf-cross', has: '/usr/arm-linux-gnueabihf/lib/libstdc++.so.6', without: 'no armv7 Node to test the addon with' },
  { name: 'qemu-user-static', has: 'qemu-aarch64-static', without: 'no test of the agent on arm64' },
  { name: 'busybox-static', has: '/usr/share/doc/busybox-static/copyright', without: 'no router to install packages on' },
  { name: 'shellcheck', has: 'shellcheck', without: 'no check of the shell scripts' },
  { name: 'musl', has: '/lib/ld-musl-x86_64.so.1', without: 'no test of the addon under musl' },
  { name: 'systemd', has: '/lib/systemd/systemd', without: 'no test of the Debian package' },
  { name: 'adduser', has: 'adduser', without: 'no test of the Debian package' },
  { name: 'crun', has: 'crun', without: 'no test of the container image' },
];

/** Only `npm run lab:wifi`, `npm run lab:underlay` and their tests run these. */
const WIFI_PACKAGES = [
  { name: 'qemu-system-x86', has: 'qemu-system-x86_64', without: 'no Wi-Fi lab' },
  { name: 'busybox-static', has: '/usr/share/doc/busybox-static/copyright', without: 'no Wi-Fi lab' },
  { name: 'kmod', has: 'modprobe', without: 'no Wi-Fi lab' },
  { name: 'iw', has: 'iw', without: 'no Wi-Fi lab' },
  { name: 'openssl', has: 'openssl', without: 'no Wi-Fi lab' },
  { name: 'wireguard-tools', has: 'wg', without: 'no underlay lab' },
];

const SEARCH = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

function may(file, what) {
  try {
    accessSync(file, what);
    return true;
  } catch {
    return false;
  }
}

const executable = (file) => may(file, constants.X_OK);

const present = (p) => (p.has.startsWith('/') ? existsSync(p.has) : SEARCH.some((dir) => dir && executable(join(dir, p.has))));

export class SetupError extends Error {}

const mtime = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const tail = (text) => text.trim().split('\n').slice(-15).join('\n');

function run(command, args, options = {}) {
  const r = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20, ...options });
  return { ok: r.status === 0, out: `${r.stdout ?? ''}${r.stderr ?? ''}${r.error ? r.error.message : ''}` };
}

function npmPackages(step) {
  // npm writes this file last, so it dates a complete installation.
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (mtime(installed) >= mtime(join(root, 'package-lock.json'))) return;
  if (!may(root, constants.W_OK)) throw new SetupError(`npm packages are missing, and this user may not write in ${root}: begin as its owner, or in a copy of your own`);
  step('npm packages (npm ci --ignore-scripts)', () => {
    const r = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
    if (!r.ok) throw new SetupError(`npm ci failed; is the registry reachable, and was package-lock.json edited by hand?\n${tail(r.out)}`);
  });
}

/** apt-get, again for up to two minutes while another process holds one of apt's locks. */
function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const until = Date.now() + 120_000;
  for (;;) {
    const r = run('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=60', ...args], { env });
    if (r.ok) return;
    const locked = /Could not get lock|Unable to (?:acquire|lock)/.test(r.out);
    if (!locked || Date.now() > until) throw new SetupError(`apt-get ${args[0]} failed${locked ? ': another program holds its lock' : ''}\n${tail(r.out)}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
  }
}

function debianPackages(wanted, step, line) {
  const missing = wanted.filter((p) => !present(p));
  if (missing.length === 0) return [];
  const names = missing.map((p) => p.name);
  if (!isRoot || !SEARCH.some((dir) => executable(join(dir, 'apt-get')))) {
    const why = isRoot ? 'this system has no apt-get' : 'not root';
    const lost = [...new Set(missing.map((p) => p.without))].join('; ');
    line(`missing programs (${why}): ${names.join(' ')}: ${lost}`);
    if (!isRoot) line(`to install them: sudo apt-get install ${names.join(' ')}`);
    return names;
  }
  step('apt-get update', () => apt(['update']));
  step(`apt-get install ${names.join(' ')}`, () => withoutStarting(missing, () => apt(['install', '--no-install-recommends', ...names])));
  const still = missing.filter((p) => !present(p)).map((p) => p.name);
  if (still.length > 0) throw new SetupError(`apt-get reports success, but ${still.join(', ')} did not bring what is expected of them`);
  return [];
}

/** Asked by Debian's packages before they start their service; 101 = do not (invoke-rc.d, policy-rc.d). */
const POLICY = '/usr/sbin/policy-rc.d';
const REFUSAL = '#!/bin/sh\n# Of the set-up of Roamstead, for as long as it installs packages.\nexit 101\n';

/**
 * Tests run their servers themselves, in network namespaces: none is to listen on this machine, now or after its next start. A policy of
 * the machine's own stays as it is; ours goes whatever happens, also one that a killed set-up left.
 */
export function withoutStarting(packages, work, policy = POLICY) {
  const ours = !existsSync(policy) || readFileSync(policy, 'utf8') === REFUSAL;
  // While a child is waited for, a signal without a handler would end this process at once.
  const end = () => process.exit(130);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);
  try {
    if (ours) writeFileSync(policy, REFUSAL, { mode: 0o755 });
    work();
  } finally {
    if (ours) rmSync(policy, { force: true });
    // A signal of meanwhile is handled when this process next waits for anything, which is between the two.
    setImmediate(() => setImmediate(() => ['SIGINT', 'SIGTERM'].forEach((signal) => process.off(signal, end))));
  }
  for (const { service } of packages) if (service && SEARCH.some((dir) => executable(join(dir, 'systemctl')))) run('systemctl', ['disable', service]);
}

async function addon(line) {
  const t0 = performance.now();
  try {
    const { buildAddon } = await import(pathToFileURL(join(root, 'scripts', 'build-addon.mjs')).href);
    if (buildAddon().built) line(`addon (${seconds(t0)})`);
  } catch (error) {
    line(`the addon was not built, so there are no hostapd events and no data path: ${error.message}`);
  }
}

const seconds = (t0) => `${((performance.now() - t0) / 1000).toFixed(1)} s`;

/**
 * @param {{ quiet?: boolean, bpf?: boolean, packaging?: boolean, tests?: boolean, wifi?: boolean, log?: (line: string) => void }} options quiet: only work done and problems; bpf, packaging, tests, wifi: also what those need; log: standard error by default
 * @returns {Promise<{ missing: string[] }>} Debian packages that are missing and could not be installed
 */
export async function setup({ quiet = false, bpf = false, packaging = false, tests = false, wifi = false, log = (line) => process.stderr.write(`${line}\n`) } = {}) {
  const start = performance.now();
  const line = (text) => log(`set-up: ${text}`);
  const step = (what, work) => {
    const t0 = performance.now();
    work();
    line(`${what} (${seconds(t0)})`);
  };
  npmPackages(step);
  const missing = debianPackages([...PACKAGES, ...(bpf ? BPF_PACKAGES : []), ...(packaging || tests ? PACKAGING_PACKAGES : []), ...(tests ? TEST_PACKAGES : []), ...(wifi ? WIFI_PACKAGES : [])], step, line);
  // Without a compiler the line above has said what that means.
  if (!missing.includes('gcc') && !missing.includes('libc6-dev')) await addon(line);
  const { build } = await import(pathToFileURL(join(root, 'scripts', 'build.mjs')).href);
  const t0 = performance.now();
  const built = await build().catch((error) => {
    throw error.code === 'EACCES' ? new SetupError(`this user may not write in dist/ (${error.message}): remove it as its owner, or begin in a copy of your own`) : error;
  });
  if (built.length > 0) line(`bundle ${built.join(', ')} (${seconds(t0)})`);
  if (!quiet) line(`complete (${seconds(start)})`);
  return { missing };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const args = process.argv.slice(2);
  const unknown = args.find((a) => !['--quiet', '--bpf', '--packaging', '--tests', '--wifi'].includes(a));
  if (unknown) {
    process.stderr.write(`set-up: unknown argument ${unknown}; known: --quiet, --bpf (also what a rebuild of the BPF object needs), --packaging (also what packages are made with), --tests (also what only tests run), --wifi (also what the Wi-Fi lab runs)\n`);
    process.exit(2);
  }
  try {
    await setup({ quiet: args.includes('--quiet'), bpf: args.includes('--bpf'), packaging: args.includes('--packaging'), tests: args.includes('--tests'), wifi: args.includes('--wifi') });
  } catch (error) {
    process.stderr.write(`set-up failed: ${error.message}\n`);
    process.exit(1);
  }
}
