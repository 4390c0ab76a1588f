/** Feeds of two versions of what `npm run package` makes, and a router that installs from them by either package manager. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signApkFeed, signOpkgFeed, writeApkFeed, writeOpkgFeed } from '../../packaging/feed.ts';
import { apkPublicKey } from '../../packaging/keys.ts';
import type { SigningKeys } from '../../packaging/keys.ts';
import { LUCI_APP, ROAMSTEAD } from '../../packaging/openwrt.ts';
import type { Release } from '../../packaging/openwrt.ts';
import type { Package } from '../../packaging/package.ts';
import { collectPackage } from '../../packaging/payload.ts';
import { publicKeyFile } from '../../packaging/usign.ts';
import { apkDouble } from './apkDouble.ts';
import { opkgDouble } from './opkgDouble.ts';
import type { PackageManager } from './packageManager.ts';
import { router } from './router.ts';
import type { Router } from './router.ts';
import { file, standIn, TIME } from './samples.ts';

const source = join(import.meta.dirname, '../..');

export interface Story {
  readonly router: Router;
  readonly manager: PackageManager;
  /** The feed's folder, whose files a test may change. */
  readonly feed: string;
  /** The feed has that version, as it was made. */
  offer(version: '0.1.0' | '0.2.0'): void;
  fileOf(name: string, version: string): string;
  end(): void;
}

/** Version 0.2.0 has another default configuration, one file more and one less. */
function packagesOf(release: Release, version: string): Package[] {
  const made = [ROAMSTEAD, LUCI_APP].flatMap((recipe) => collectPackage(source, recipe, release, version) ?? []);
  const only = version === '0.1.0' ? file('usr/lib/roamstead/gone.txt', 'of 0.1.0') : file('usr/lib/roamstead/came.txt', 'of 0.2.0');
  return made.map((pkg) => (pkg.name === 'roamstead' ? { ...pkg, files: [...pkg.files.map((entry) => other(entry, version)), only] } : pkg));
}

const other = (entry: Package['files'][number], version: string): Package['files'][number] =>
  entry.kind === 'file' && entry.name === 'etc/config/roamstead' ? { ...entry, data: Buffer.concat([entry.data, Buffer.from(`# defaults of ${version}\n`)]) } : entry;

/** Both versions as feeds, made once for many stories. */
export interface Feeds {
  readonly release: Release;
  readonly folder: string;
  end(): void;
}

export function makeFeeds(release: Release, keys: SigningKeys): Feeds {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-feeds-'));
  for (const version of ['0.1.0', '0.2.0']) {
    const packages = [...packagesOf(release, version), ...['node', 'kmod-sched-core', 'kmod-sched-bpf', 'kmod-veth', 'luci-base'].map(standIn)];
    const made = join(folder, version);
    if (release === '24.10') {
      writeOpkgFeed(made, packages, TIME);
      signOpkgFeed(made, keys);
    } else {
      writeApkFeed(made, packages, TIME);
      signApkFeed(made, keys, TIME);
    }
  }
  return { release, folder, end: () => rmSync(folder, { recursive: true }) };
}

export function story({ release, folder }: Feeds): Story {
  const feed = mkdtempSync(join(tmpdir(), 'roamstead-feed-'));
  const made = router();
  return {
    router: made,
    manager: release === '24.10' ? opkgDouble(made, feed) : apkDouble(made, feed),
    feed,
    fileOf: (name, version) => join(feed, release === '24.10' ? `${name}_${version}-r1_all.ipk` : `${name}-${version}-r1.apk`),
    offer(version) {
      rmSync(feed, { recursive: true });
      cpSync(join(folder, version), feed, { recursive: true });
    },
    end() {
      made.remove();
      rmSync(feed, { recursive: true });
    },
  };
}

/** As docs/PACKAGING.md tells owners to. */
export function trust({ router: on }: Story, keys: SigningKeys): void {
  writeFileSync(on.at(`etc/opkg/keys/${keys.opkg.number}`), publicKeyFile(keys.opkg));
  writeFileSync(on.at(`etc/apk/keys/${keys.apkName}`), apkPublicKey(keys));
}
