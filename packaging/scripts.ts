/**
 * The maintainer scripts: OpenWrt's own steps (enable and start services, run uci-defaults, disable and stop) with a
 * package's hooks in them. Source: OpenWrt include/package-pack.mk and package/base-files/files/lib/functions.sh; when they
 * run: opkg-lede libopkg/opkg_install.c and opkg_remove.c, apk-tools src/database.c.
 */
import type { Package } from './package.ts';

/** Name of the script as the format has it, and its text. */
export type Scripts = Readonly<Record<string, string>>;

const FUNCTIONS = ['[ -s "${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0', '. "${IPKG_INSTROOT}/lib/functions.sh"'];
const NO_SCRIPT = '[ "${IPKG_NO_SCRIPT}" = "1" ] && exit 0';

const script = (...lines: readonly string[]): string => `#!/bin/sh\n${lines.join('\n')}\n`;
const given = (scripts: Readonly<Record<string, string | undefined>>): Scripts => Object.fromEntries(Object.entries(scripts).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** Never in an upgrade, where the next version's files follow, nor while an image is made, which has no services. */
const forGood = (hook: string): string => `if [ "\${PKG_UPGRADE}" != "1" ] && [ -z "\${IPKG_INSTROOT}" ]; then\n${hook}\nfi`;

/** A hook that fails must not leave a package half installed, or one that cannot be removed. */
const WHATEVER_COMES = 'true';

/**
 * opkg calls `prerm` and `postrm` of the old version in an upgrade, too, with PKG_UPGRADE=1. default_postinst and
 * default_prerm source the `-pkg` scripts before they start and stop services.
 */
export function opkgScripts({ hooks }: Package): Scripts {
  return given({
    postinst: script(NO_SCRIPT, ...FUNCTIONS, 'default_postinst $0 $@'),
    'postinst-pkg': hooks.installed && script(hooks.installed, WHATEVER_COMES),
    prerm: script(...FUNCTIONS, 'default_prerm $0 $@'),
    'prerm-pkg': hooks.removing && script(forGood(hooks.removing), WHATEVER_COMES),
    postrm: hooks.removed && script(forGood(hooks.removed), WHATEVER_COMES),
  });
}

/** apk calls `pre-upgrade` and `post-upgrade` of the new version in an upgrade and the `-deinstall` scripts only when a package goes for good; it sets no PKG_UPGRADE. */
export function apkScripts({ name, hooks }: Package): Scripts {
  const openwrt = ['export root="${IPKG_INSTROOT}"', `export pkgname="${name}"`];
  const installed = [NO_SCRIPT, ...FUNCTIONS, ...openwrt, 'add_group_and_user', 'default_postinst', ...(hooks.installed ? [hooks.installed, WHATEVER_COMES] : [])];
  return given({
    'post-install': script(...installed),
    'post-upgrade': script('export PKG_UPGRADE=1', ...installed),
    'pre-deinstall': script(...FUNCTIONS, ...openwrt, 'default_prerm', ...(hooks.removing ? [forGood(hooks.removing), WHATEVER_COMES] : [])),
    'post-deinstall': hooks.removed && script(forGood(hooks.removed), WHATEVER_COMES),
  });
}
