/**
 * The access link: hostapd at each home, wpa_supplicant on each phone, and the roam between homes.
 *
 * hostapd (driver=wired) listens on the veth that stands for the radio although that is a port of the bridge with the fixed MAC:
 * a bridge hands frames to 01:80:c2:00:00:03 to listeners on the port itself. It answers to the phone's own address
 * (use_pae_group_addr=0), because several phones share the air.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Mac } from '../protocol/mac.ts';
import type { Authentication } from './authentication.ts';
import { hostapdAsk } from './hostapd-requests.ts';
import { inside, run } from './namespaces.ts';
import { start, until } from './processes.ts';
import type { LabProcess } from './processes.ts';
import { RADIO } from './topology.ts';
import type { HomePlan, PhonePlan, Plan } from './topology.ts';

/** The control socket is `<folder>/wlan0`. */
export const controlFolder = (folder: string, home: HomePlan): string => join(folder, `ap${home.number}`);

const hostapdConfig = (folder: string, home: HomePlan, authentication: readonly string[]) => `interface=${RADIO}
driver=wired
logger_syslog=0
logger_stdout=-1
logger_stdout_level=1
ieee8021x=1
use_pae_group_addr=0
eap_reauth_period=0
ctrl_interface=${controlFolder(folder, home)}
${authentication.join('\n')}
`;

const supplicantConfig = (folder: string, phone: PhonePlan, { globals = [], network }: ReturnType<Authentication['supplicant']>) => `ctrl_interface=${join(folder, `sta${phone.number}`)}
ap_scan=0
${globals.map((line) => `${line}\n`).join('')}network={
  key_mgmt=IEEE8021X
  ${network.join('\n  ')}
  eapol_flags=0
}
`;

export async function startHostapd(folder: string, home: HomePlan, authentication: Authentication): Promise<LabProcess> {
  const config = join(folder, `hostapd${home.number}.conf`);
  writeFileSync(config, hostapdConfig(folder, home, authentication.hostapd(home)));
  const p = start({ name: `hostapd${home.number}`, namespace: home.namespace, argv: ['hostapd', '-t', config], folder });
  await until(`hostapd of home ${home.number} (see ${p.logFile})`, 5000, () => existsSync(join(controlFolder(folder, home), RADIO)) && p.log().includes('AP-ENABLED'));
  return p;
}

/** One request on hostapd's control socket, such as `STA 02:bb:00:00:00:01`; the answer's text. */
export const hostapdRequest = (folder: string, home: HomePlan, request: string): Promise<string> => hostapdAsk(folder, join(controlFolder(folder, home), RADIO), request);

export async function startSupplicant(folder: string, phone: PhonePlan, authentication: Authentication): Promise<LabProcess> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, `sta${phone.number}.conf`);
  writeFileSync(config, supplicantConfig(folder, phone, authentication.supplicant(phone)));
  const p = start({ name: `wpa_supplicant${phone.number}`, namespace: phone.namespace, argv: ['wpa_supplicant', '-t', '-Dwired', `-i${RADIO}`, `-c${config}`], folder });
  const control = join(folder, `sta${phone.number}`, RADIO);
  await until(`wpa_supplicant of phone ${phone.number} (see ${p.logFile})`, 5000, () => existsSync(control));
  authentication.started?.(phone, control);
  return p;
}

/** Moves phones' ports between the homes' air. Resolves when it is done. */
export interface Switchboard {
  /** Other phones at the same home do not hear it except through the home (isolated ports), as in a hotspot. */
  plug(phone: PhonePlan, home: HomePlan): Promise<void>;
  /** The phone is out of reach of every home; its interface stays up. */
  unplug(phone: PhonePlan): Promise<void>;
}

/** One `ip -batch` that stays and takes a line when there is one, so that a roam costs no process. */
export function startSwitchboard(folder: string, plan: Plan): { readonly process: LabProcess; readonly switchboard: Switchboard } {
  const p = start({ name: 'switchboard', namespace: plan.air, argv: ['ip', '-o', '-force', '-batch', '-'], folder, piped: true });
  const waiting: (() => void)[] = [];
  if (p.child.stdout) createInterface({ input: p.child.stdout }).on('line', () => waiting.shift()?.());
  // `show` prints one line, at once: the changes before it are made.
  const tell = (port: string, ...lines: string[]) =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      p.child.stdin?.write(`${[...lines, `link show dev ${port}`].join('\n')}\n`);
    });
  return {
    process: p,
    switchboard: {
      plug: ({ number }, home) => tell(`ph${number}`, `link set ph${number} master air${home.number}`, `link set ph${number} type bridge_slave isolated on`, `link set ph${number} up`),
      unplug: ({ number }) => tell(`ph${number}`, `link set ph${number} nomaster`),
    },
  };
}

/**
 * Makes hostapd begin the authentication at once, as an access point does after the association that the wired driver does
 * not have. Otherwise the supplicant speaks first, 2 s later.
 */
export async function associate(folder: string, home: HomePlan, mac: Mac): Promise<void> {
  const request = (text: string) => hostapdRequest(folder, home, text);
  // For 5 s after a logoff hostapd hears nothing from the station; then it forgets it.
  const known = await until(`home ${home.number} to forget the logoff of ${mac}`, 7000, async () => {
    const answer = await request(`STA ${mac}`);
    return !answer.startsWith(mac) ? 'new' : answer.includes('[AUTHORIZED]') && 'authorized';
  });
  await request(`${known === 'new' ? 'NEW_STA' : 'EAPOL_REAUTH'} ${mac}`);
}

/** A request on the supplicant's control socket. */
function supplicantRequest(folder: string, phone: PhonePlan, request: string): void {
  run(inside(phone.namespace, ['wpa_cli', '-p', join(folder, `sta${phone.number}`), '-i', RADIO, request]));
}

/** The supplicant begins anew, as after a roam that it noticed by itself: EAPOL-Start, then about 2 s of its own delay. */
export const reassociate = (folder: string, phone: PhonePlan): void => supplicantRequest(folder, phone, 'reassociate');

/** The phone says goodbye (EAPOL-Logoff), which the home's hostapd reports as AP-STA-DISCONNECTED. It stays mute until `logon`. */
export const logoff = (folder: string, phone: PhonePlan): void => supplicantRequest(folder, phone, 'logoff');
export const logon = (folder: string, phone: PhonePlan): void => supplicantRequest(folder, phone, 'logon');
