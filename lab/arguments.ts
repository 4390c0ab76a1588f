/** The command line of `roamstead lab`. Pure. */
import { parseArgs } from 'node:util';
import { DEFAULTS } from './topology.ts';
import type { LabOptions } from './topology.ts';

export const USAGE = `usage: roamstead lab [options]

Builds homes, phones, an LMA and an internet host in network namespaces (root, Linux), with real hostapd, wpa_supplicant and
DHCP clients, and starts \`roamstead lma\` and \`roamstead agent\` in them. Not root: the same world over loopback.

  --simulate        a whole fleet for the dashboard, without root: hundreds of gateways in this process, with the agent's own code
                    but without radios and packets, at a real LMA and a real cloud; ends at Ctrl-C
  --subscribers N   of the simulated fleet; four a home by default
  --roams-per-second N   of all of them together; one in a hundred subscribers by default
  --dashboard       with the cloud: its address and the link that makes its owner are printed (npm start does, without --once)
  --roam            the phones roam for ever; each handover is printed as a line (otherwise the lab stands still)
  --once            attach, 20 roams, detach; exit 0 only if every address stayed and every TCP connection lived
  --json            print one JSON object per handover; with --once one object at the end and nothing else
  --homes N         2 by default
  --phones N        1 by default
  --delay MS        one way, between transport and LMA
  --nat             the last home stands behind an IPv4 NAT
  --narrow          the second home's WAN carries 1492 octets
  --pause MS        between roams; 2000 by default, 1000 with --once
  --keep            keep the folder with logs and configurations
  --prefix P        of the namespaces' names, "${DEFAULTS.prefix}" by default; labs with different prefixes run side by side
  --help
`;

export interface LabArguments {
  readonly lab: LabOptions;
  readonly roam: boolean;
  readonly once: boolean;
  readonly json: boolean;
  readonly keep: boolean;
  readonly help: boolean;
  readonly dashboard: boolean;
  readonly pauseMs: number;
  readonly simulate?: { readonly homes: number; readonly subscribers: number; readonly roamsPerSecond: number };
}

/** @throws Error in words for an unknown option or a value that is no number */
export function parseArguments(args: readonly string[]): LabArguments {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: { roam: flag, once: flag, json: flag, keep: flag, nat: flag, narrow: flag, help: flag, dashboard: flag, simulate: flag, subscribers: text, 'roams-per-second': text, homes: text, phones: text, delay: text, pause: text, prefix: text },
  });
  const number = (name: 'homes' | 'phones' | 'delay' | 'pause' | 'subscribers' | 'roams-per-second', otherwise: number): number => {
    const value = values[name];
    if (value === undefined) return otherwise;
    if (!/^\d+(\.\d+)?$/.test(value)) throw new Error(`--${name} ${value}: expected a number`);
    return Number(value);
  };
  const homes = number('homes', DEFAULTS.homes);
  const lab: LabOptions = {
    homes,
    phones: number('phones', DEFAULTS.phones),
    delayMs: number('delay', DEFAULTS.delayMs),
    prefix: values.prefix ?? DEFAULTS.prefix,
    ...(values.nat ? { nat: homes } : {}),
    ...(values.narrow ? { narrow: Math.min(2, homes) } : {}),
  };
  const { once, json, keep, help, dashboard } = values;
  return { lab, roam: values.roam || once, once, json, keep, help, dashboard, pauseMs: number('pause', once ? 1000 : 2000), ...(values.simulate ? { simulate: fleetOf(number) } : {}) };
}

/** @throws Error in words */
function fleetOf(number: (name: 'homes' | 'subscribers' | 'roams-per-second', otherwise: number) => number): NonNullable<LabArguments['simulate']> {
  const homes = number('homes', 100);
  const subscribers = number('subscribers', homes * 4);
  return { homes, subscribers, roamsPerSecond: number('roams-per-second', Math.max(1, subscribers / 100)) };
}
