/** OpenWrt's packages on a router: installed from a signed feed, upgraded, taken back and removed by the doubles of opkg and apk, their scripts run by busybox. */
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gzipMembers } from '../packaging/apkFile.ts';
import { testKeys } from '../packaging/samples.ts';
import { makeFeeds, story, trust } from '../packaging/story.ts';
import type { Feeds, Story } from '../packaging/story.ts';

const keys = testKeys();
const otherKeys = testKeys('someone-else', 2);
const CONFIG = 'etc/config/roamstead';

let s: Story;
let feeds: Readonly<Record<'24.10' | '25.12', Feeds>>;
beforeAll(() => void (feeds = { '24.10': makeFeeds('24.10', keys), '25.12': makeFeeds('25.12', keys) }));
afterEach(() => s.end());
afterAll(() => Object.values(feeds).forEach((one) => one.end()));

const flip = (path: string): void => {
  const octets = readFileSync(path);
  octets[octets.length >> 1] = (octets[octets.length >> 1] ?? 0) ^ 1;
  writeFileSync(path, octets);
};

describe.each([
  { release: '24.10', tool: 'opkg', beside: `${CONFIG}-opkg`, mode: 'upgrade=0' },
  { release: '25.12', tool: 'apk', beside: `${CONFIG}.apk-new`, mode: 'upgrade=no' },
] as const)('$tool on OpenWrt $release', ({ release, beside, mode }) => {
  let before: string[];
  beforeEach(() => {
    s = story(feeds[release]);
    trust(s, keys);
    s.offer('0.1.0');
    s.manager.update();
    for (const name of ['node', 'kmod-sched-core', 'kmod-sched-bpf', 'kmod-veth', 'luci-base']) s.manager.install(name);
    before = s.router.tree();
  });

  it('installs the agent with the page that needs it, enables and starts it', () => {
    s.manager.install('luci-app-roamstead');
    expect(s.manager.installed()).toEqual(expect.arrayContaining(['luci-app-roamstead 0.1.0-r1', 'roamstead 0.1.0-r1']));
    expect(s.router.calls()).toEqual([`roamstead enable ${mode}`, `roamstead start ${mode}`]);
    const tree = s.router.tree();
    expect(tree).toEqual(expect.arrayContaining([`file 600 ${CONFIG}`, 'file 755 etc/init.d/roamstead', 'file 755 usr/bin/roamstead', 'file 755 usr/lib/roamstead/before-removal.sh', 'file 644 usr/lib/roamstead/agent.mjs', 'directory 700 etc/roamstead']));
    // Run once, by the package manager's own step.
    expect(s.router.exists('etc/uci-defaults/90-roamstead')).toBe(false);
  });

  it('an upgrade keeps the edited configuration and the state, and the service comes back with the new files', () => {
    s.manager.install('roamstead');
    appendFileSync(s.router.at(CONFIG), '# mine\n');
    s.router.write('etc/roamstead/key.pem', 'secret', 0o600);
    s.router.calls();
    s.offer('0.2.0');
    s.manager.update();
    s.manager.upgrade();
    expect(s.manager.installed()).toContain('roamstead 0.2.0-r1');
    expect(s.router.read(CONFIG)).toMatch(/# defaults of 0\.1\.0\n# mine\n$/);
    expect(s.router.read(beside)).toMatch(/# defaults of 0\.2\.0\n$/);
    expect(s.router.read('etc/roamstead/key.pem')).toBe('secret');
    expect([s.router.exists('usr/lib/roamstead/gone.txt'), s.router.exists('usr/lib/roamstead/came.txt')]).toEqual([false, true]);
    const calls = s.router.calls();
    expect(calls.every((call) => call.endsWith('upgrade=1'))).toBe(true);
    expect(calls).not.toContain('roamstead disable upgrade=1');
    expect(s.router.exists('etc/rc.d/S95roamstead')).toBe(true);
    // The agent that ran the old files has ended, whichever way: opkg stops it before, of apk's it is restarted.
    expect(calls.some((call) => /^roamstead (?:stop|restart) /.test(call))).toBe(true);
  });

  it('an upgrade replaces a configuration that nobody touched', () => {
    s.manager.install('roamstead');
    s.offer('0.2.0');
    s.manager.update();
    s.manager.upgrade();
    expect(s.router.read(CONFIG)).toMatch(/# defaults of 0\.2\.0\n$/);
    expect(s.router.exists(beside)).toBe(false);
  });

  it('removal leaves nothing: neither state, nor an edited configuration, nor folders', () => {
    s.manager.install('luci-app-roamstead');
    s.offer('0.2.0');
    s.manager.update();
    appendFileSync(s.router.at(CONFIG), '# mine\n');
    s.router.write('etc/roamstead/fleet/key.pem', 'secret', 0o600);
    s.router.write('var/run/roamstead/status.sock', '');
    s.manager.upgrade();
    s.router.calls();
    s.manager.remove('luci-app-roamstead');
    if (release === '24.10') s.manager.remove('roamstead');
    expect(s.router.tree()).toEqual(before);
    expect(s.router.calls()).toEqual(expect.arrayContaining([`roamstead stop ${mode}`, `roamstead disable ${mode}`]));
  });

  it('the agent is not removed while the page needs it', () => {
    s.manager.install('roamstead');
    s.manager.install('luci-app-roamstead');
    expect(() => s.manager.remove('roamstead')).toThrow(/depended upon|not removed due to/);
    expect(s.router.exists('usr/bin/roamstead')).toBe(true);
  });

  it('goes back to an older version from a file, keeping what was edited', () => {
    s.offer('0.2.0');
    s.manager.update();
    s.manager.install('roamstead');
    appendFileSync(s.router.at(CONFIG), '# mine\n');
    s.offer('0.1.0');
    s.manager.update();
    s.manager.upgrade();
    expect(s.manager.installed()).toContain('roamstead 0.2.0-r1');
    s.manager.installFile(s.fileOf('roamstead', '0.1.0'));
    expect(s.manager.installed()).toContain('roamstead 0.1.0-r1');
    expect(s.router.read(CONFIG)).toMatch(/# defaults of 0\.2\.0\n# mine\n$/);
    expect(s.router.exists('usr/lib/roamstead/came.txt')).toBe(false);
  });

  it('a package with one octet changed is refused, and nothing of it stays', () => {
    flip(s.fileOf('roamstead', '0.1.0'));
    expect(() => s.manager.install('roamstead')).toThrow(/mismatch|integrity error|format error/);
    expect(s.router.tree()).toEqual(before);
  });

  it('a package cut short, another under its name, or none is refused', () => {
    const path = s.fileOf('roamstead', '0.1.0');
    const octets = readFileSync(path);
    for (const wrong of [octets.subarray(0, -100), readFileSync(s.fileOf('luci-app-roamstead', '0.1.0')), undefined]) {
      rmSync(path);
      if (wrong) writeFileSync(path, wrong);
      expect(() => s.manager.install('roamstead')).toThrow(/mismatch|integrity error|format error|Failed to download|No such file/);
      expect(s.router.tree()).toEqual(before);
      if (!wrong) writeFileSync(path, octets);
    }
    // What was wrong was the file, not the name: whole again it is taken.
    s.manager.install('roamstead');
    expect(s.manager.installed()).toContain('roamstead 0.1.0-r1');
  });

  it('an index that was changed is refused, and so is one without a signature, or of an unknown key', () => {
    if (release === '24.10') {
      const list = join(s.feed, 'Packages.gz');
      writeFileSync(list, gzipSync(gunzipSync(readFileSync(list)).toString().replaceAll('0.1.0', '0.9.0')));
      expect(() => s.manager.update()).toThrow('Signature check failed');
      rmSync(join(s.feed, 'Packages.sig'));
      expect(() => s.manager.update()).toThrow('Signature file download failed');
    } else {
      const path = join(s.feed, 'APKINDEX.tar.gz');
      const [signature = Buffer.alloc(0), index = Buffer.alloc(0)] = gzipMembers(readFileSync(path));
      const changed = Buffer.from(gunzipSync(index).toString('latin1').replaceAll('V:0.1.0', 'V:0.9.0'), 'latin1');
      writeFileSync(path, Buffer.concat([signature, gzipSync(changed)]));
      expect(() => s.manager.update()).toThrow('BAD signature');
      writeFileSync(path, index);
      expect(() => s.manager.update()).toThrow('UNTRUSTED signature');
    }
    expect(() => s.manager.install('roamstead')).toThrow(/Unknown package|no such package/);
    s.offer('0.1.0');
    rmSync(s.router.at(`etc/opkg/keys/${keys.opkg.number}`));
    rmSync(s.router.at(`etc/apk/keys/${keys.apkName}`));
    trust(s, otherKeys);
    expect(() => s.manager.update()).toThrow(/Signature check failed|UNTRUSTED signature/);
  });
});

describe('while an image is made', () => {
  it('nothing is started, restarted, undone or removed', () => {
    s = story(feeds['24.10']);
    s.offer('0.1.0');
    trust(s, keys);
    s.manager.update();
    s.manager.install('roamstead');
    s.router.calls();
    s.router.write('etc/roamstead/key.pem', 'secret', 0o600);
    const before = s.router.tree();
    const scripts = ['roamstead.postinst configure', 'roamstead.postinst-pkg', 'roamstead.prerm remove', 'roamstead.prerm-pkg', 'roamstead.postrm remove'];
    for (const script of scripts) {
      for (const upgrade of ['0', '1']) expect(s.router.run(['/bin/sh', '-c', `/usr/lib/opkg/info/${script}`], { IPKG_INSTROOT: '/image', PKG_UPGRADE: upgrade })).toEqual({ code: 0, said: '' });
    }
    expect(s.router.calls()).toEqual([]);
    expect(s.router.tree()).toEqual(before);
  });
});

describe('apk', () => {
  it('takes a signed package from a file, and none of an unknown key', () => {
    s = story(feeds['25.12']);
    s.offer('0.1.0');
    trust(s, otherKeys);
    const file = s.fileOf('node', '1.0');
    expect(() => s.manager.installFile(file)).toThrow('UNTRUSTED signature');
    trust(s, keys);
    s.manager.installFile(file);
    expect(s.manager.installed()).toEqual(['node 1.0-r1']);
  });
});
