/** What to say when nothing is there that would tell of stations. */

export interface NeededSource {
  readonly device: string;
  /** hostapd control sockets. */
  readonly hostapd: readonly string[];
  /** BSSs of OpenWrt's hostapd. */
  readonly ubus: readonly string[];
}

/**
 * Undefined: something is there, or nothing is needed. `exists`: is there a file of this name? It may still come later, and is
 * waited for.
 */
export function missingSource({ device, hostapd, ubus }: NeededSource, ubusSockets: readonly string[], exists: (path: string) => boolean): string | undefined {
  if (hostapd.length === 0 && ubus.length === 0) return undefined;
  const control = hostapd.filter(exists);
  const bus = ubusSockets.find(exists);
  if (ubus.length > 0 ? bus !== undefined : control.length > 0) return undefined;
  const wait = 'It is waited for; until then nobody attaches there';
  if (ubus.length > 0) {
    return `${device} needs ubus, and there is none (${ubusSockets.join(', ')}). On OpenWrt start ubusd, or give its path as ubus-socket; elsewhere ${withControl(device)}. ${wait}`;
  }
  const onOpenWrt = bus === undefined ? 'on OpenWrt name its BSSs instead: ubus: [phy0-ap0]' : `or, as ubus is there (${bus}), name its BSSs instead: ubus: [phy0-ap0]`;
  return `${device} needs hostapd, and no control socket is there (${hostapd.join(', ')}): ${withControl(device)}; ${onOpenWrt}. ${wait}`;
}

const withControl = (device: string): string => `start hostapd with ctrl_interface=/var/run/hostapd in its configuration, and name the socket under hostapd: of ${device}`;
