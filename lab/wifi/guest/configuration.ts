/** What the Wi-Fi lab's operator configured: subscribers are accounts of the RADIUS server, which also knows their profiles. */
import type { AaaOptions } from '../../aaa/world.ts';
import { aaaAgent } from '../../aaa/world.ts';
import { APN, DNS } from '../../configuration.ts';
import type { Variation } from '../../configuration.ts';
import { RADIO } from '../../topology.ts';
import type { Plan } from '../../topology.ts';
import { SSID } from './radioAccess.ts';

/** Seconds. So short that a phone that vanished is found out while one looks on. */
export const DETACH = { interval: 5, timeout: 1, retries: 3 } as const;

/** Seconds; the shortest. */
const SURVEY_INTERVAL = 10;

/** Profiles in the seed's words and in those of RFC 6572. */
export const aaaOf = ({ lma }: Plan): AaaOptions => ({
  credential: ({ identity }) => ({ method: 'peap', identity, password: 'lab' }),
  accounts: (known) => known.map((account) => ({ ...account, reply: [`Cisco-AVPair = "mn-service=dual"`, `Cisco-AVPair = "mn-apn=${APN}"`, `PMIP6-Home-LMA-IPv6-Address = ${lma.ipv6}`] })),
});

export const VARIATION: Variation = {
  detach: DETACH,
  // The machine stands still for a second now and then when its host is busy, and a PBU grows old on its way.
  timestampTolerance: 10_000,
  agent: () => aaaAgent({ radius: { dns: DNS }, survey: { interface: RADIO, ssid: SSID, interval: SURVEY_INTERVAL, source: 'iw' } }),
};
