/** What this gateway's radio heard, from NetworkManager (nmcli) through the package node-wifi, where that is installed and running. */
import type { Millis } from '../../../protocol/units.ts';
import type { NeighbourSurvey, Sighting } from './neighbours.ts';

/** What is used of node-wifi. */
export interface NodeWifi {
  init(options: { readonly iface: string }): void;
  scan(): Promise<readonly { readonly ssid?: string; readonly bssid?: string; readonly frequency?: number; readonly signal_level?: number }[]>;
}

/** Loaded when it is wanted, because it sets the locale in the environment of the process. @throws (rejects with) Error when it is not installed */
export async function loadNodeWifi(): Promise<NodeWifi> {
  try {
    return (await import('node-wifi')).default;
  } catch (e) {
    throw new Error('the package node-wifi is not installed (npm install node-wifi)', { cause: e });
  }
}

export interface NetworkManagerOptions {
  readonly device: string;
  readonly load: () => Promise<NodeWifi>;
  /** node-wifi waits for nmcli for ever. */
  readonly timeout?: Millis;
}

const TIMEOUT: Millis = 20_000;

type Found = Awaited<ReturnType<NodeWifi['scan']>>[number];

/** NetworkManager tells no age; it drops what it has not heard for some minutes. */
function sightingOf({ ssid, bssid = '', frequency = NaN, signal_level: signal = NaN }: Found): Sighting[] {
  const mac = bssid.toLowerCase();
  if (ssid === undefined || !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) || !Number.isFinite(frequency) || !Number.isFinite(signal)) return [];
  return [{ bssid: mac, ssid, frequency, signal, age: 0 }];
}

export function networkManagerSurvey({ device, load, timeout = TIMEOUT }: NetworkManagerOptions): NeighbourSurvey {
  /** The scan under way, though nobody waits for it any more: a second one beside it would not end sooner. */
  let scan: Promise<readonly Found[]> | undefined;

  async function begin(): Promise<readonly Found[]> {
    try {
      const wifi = await load();
      wifi.init({ iface: device });
      return await wifi.scan();
    } finally {
      scan = undefined;
    }
  }

  return {
    async look() {
      let timer: NodeJS.Timeout | undefined;
      const tooLong = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`nmcli did not end within ${timeout / 1000} s`)), timeout);
      });
      try {
        scan ??= begin();
        return (await Promise.race([scan, tooLong])).flatMap(sightingOf);
      } catch (e) {
        const { code, message } = e as NodeJS.ErrnoException;
        throw new Error(code === 'ENOENT' ? 'nmcli is not installed' : message.split('\n')[0], { cause: e });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
