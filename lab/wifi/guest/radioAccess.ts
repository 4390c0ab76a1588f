/** The access link of real 802.11: hostapd with WPA2-Enterprise at each home, wpa_supplicant on the phone. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlFolder } from '../../access.ts';
import type { OpenAccessLink } from '../../accessLink.ts';
import type { Authentication, OpenAuthentication } from '../../authentication.ts';
import { hostapdAsk } from '../../hostapd-requests.ts';
import { run } from '../../namespaces.ts';
import { start, until } from '../../processes.ts';
import { ACCESS, RADIO } from '../../topology.ts';
import type { HomePlan, PhonePlan, Plan } from '../../topology.ts';
import type { Radios } from './radios.ts';

export const SSID = 'community';
/** Homes take turns on channels 1 and 6, so that the phone has to leave its home's channel to hear another. */
const CHANNELS = [1, 6] as const;
export const FREQUENCIES = [2412, 2437] as const;
const START_MS = 5000;
/** A supplicant that missed a frame of the EAP exchange gives up and begins anew after a minute. */
const ROAM_MS = 20_000;
const AGAIN_MS = 3000;

const channelOf = (home: HomePlan): number => CHANNELS[(home.number - 1) % CHANNELS.length] as number;

export const hostapdConfig = (folder: string, home: HomePlan, authentication: readonly string[]) => `interface=${RADIO}
bridge=${ACCESS}
driver=nl80211
logger_syslog=0
logger_stdout=-1
logger_stdout_level=1
ctrl_interface=${controlFolder(folder, home)}
ssid=${SSID}
hw_mode=g
channel=${channelOf(home)}
ieee80211n=1
wmm_enabled=1
ap_isolate=1
wpa=2
wpa_key_mgmt=WPA-EAP
rsn_pairwise=CCMP
ieee8021x=1
${authentication.join('\n')}
`;

/** With `bgscan` the phone looks for a better home every 4 s while it hears its own with less than -45 dBm. */
export const supplicantConfig = (folder: string, phone: PhonePlan, { globals = [], network }: ReturnType<Authentication['supplicant']>) => `ctrl_interface=${join(folder, `sta${phone.number}`)}
${globals.map((line) => `${line}\n`).join('')}network={
  ssid="${SSID}"
  scan_freq=${FREQUENCIES.join(' ')}
  key_mgmt=WPA-EAP
  ${network.join('\n  ')}
  bgscan="simple:4:-45:30"
}
`;

/** One request on the supplicant's control socket; the answer's text. */
export const supplicantAsk = (folder: string, phone: PhonePlan, request: string): Promise<string> => hostapdAsk(folder, join(folder, `sta${phone.number}`, RADIO), request);

/**
 * Resolves when the phone's keys are installed at that home.
 * @param again repeated while the phone stays elsewhere: on a busy host it may miss the answer to its association, and goes back
 */
export async function associatedWith(folder: string, phone: PhonePlan, home: HomePlan, again?: () => Promise<unknown>): Promise<void> {
  let askedAt = performance.now();
  await until(`phone ${phone.number} to be associated with home ${home.number}`, ROAM_MS, async () => {
    const status = await supplicantAsk(folder, phone, 'STATUS');
    const completed = status.includes('wpa_state=COMPLETED');
    if (completed && status.includes(`bssid=${home.radioMac}\n`)) return true;
    if (completed && again && performance.now() - askedAt > AGAIN_MS) {
      askedAt = performance.now();
      await again();
    }
    return false;
  });
}

/** @returns the access link for a way of authenticating */
export const radioAccessWith =
  (radios: Radios) =>
  (open: OpenAuthentication): OpenAccessLink =>
  (options) => {
    const { folder, plan } = options;
    const authentication = open(options);
    const everywhere = plan.homes.map((h) => h.number);
    return {
      air: 'radios',
      wire: () => Promise.resolve(radios.wire()),
      prepare: () => Promise.resolve(authentication.prepare()),
      async startHostapd(home) {
        const config = join(folder, `hostapd${home.number}.conf`);
        writeFileSync(config, hostapdConfig(folder, home, authentication.hostapd(home)));
        const p = start({ name: `hostapd${home.number}`, namespace: home.namespace, argv: ['hostapd', '-t', config], folder });
        await until(`hostapd of home ${home.number} (see ${p.logFile})`, START_MS, () => existsSync(join(controlFolder(folder, home), RADIO)) && p.log().includes('AP-ENABLED'));
        return p;
      },
      async startSupplicant(phone) {
        const config = join(folder, `sta${phone.number}.conf`);
        writeFileSync(config, supplicantConfig(folder, phone, authentication.supplicant(phone)));
        const p = start({ name: `wpa_supplicant${phone.number}`, namespace: phone.namespace, argv: ['wpa_supplicant', '-t', '-Dnl80211', `-i${RADIO}`, `-c${config}`], folder });
        const control = join(folder, `sta${phone.number}`, RADIO);
        await until(`wpa_supplicant of phone ${phone.number} (see ${p.logFile})`, START_MS, () => existsSync(control));
        authentication.started?.(phone, control);
        return p;
      },
      async roam(phone, home) {
        const ask = (request: string) => supplicantAsk(folder, phone, request);
        if ((await ask('STATUS')).includes('wpa_state=COMPLETED')) {
          const command = () => ask(`ROAM ${home.radioMac}`);
          await command();
          return associatedWith(folder, phone, home, command);
        }
        radios.inReach(phone.number, [home.number]);
        await ask('REASSOCIATE');
        await associatedWith(folder, phone, home);
        radios.inReach(phone.number, everywhere);
        await until(`phone ${phone.number} to hear all homes`, ROAM_MS, () => hearsAll(ask, plan));
      },
      leave: (phone) => Promise.resolve(radios.inReach(phone.number, [])),
      detach: (phone) => run(['wpa_cli', '-p', join(folder, `sta${phone.number}`), '-i', RADIO, 'disconnect']),
    };
  };

async function hearsAll(ask: (request: string) => Promise<string>, { homes }: Plan): Promise<boolean> {
  const known = await Promise.all(homes.map((home) => ask(`BSS ${home.radioMac}`)));
  if (known.every((bss) => bss !== '')) return true;
  await ask(`SCAN freq=${FREQUENCIES.join(',')}`);
  return false;
}
