/** Debian's hostapd (driver=wired, its own EAP server) and a wpa_supplicant for each station, in two namespaces of their own. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, openSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unixDatagram } from '../../linux/sockets/unixDatagram.ts';
import { ALICE, BOB } from '../contracts/stationEvents.ts';
import type { Who } from '../contracts/stationEvents.ts';

export interface RealHostapd {
  readonly folder: string;
  readonly namespace: string;
  readonly control: string;
  start(): Promise<void>;
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  arrive(who: Who): Promise<void>;
  authenticateAgain(who: Who): Promise<void>;
  logOff(who: Who): Promise<void>;
  request(command: string): Promise<string>;
  remove(): Promise<void>;
}

const names = new Map<Who, string>([[ALICE, 'alice'], [BOB, 'bob']]);
let count = 0;

export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const give = performance.now() + 20_000; performance.now() < give; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`20 s passed without: ${what}`);
}

/** The air is a bridge that lets EAPOL's group address pass; hostapd's interface is `vap`. */
export function realHostapd(): RealHostapd {
  const tag = `${process.pid}n${++count}`;
  const namespace = `rwa${tag}`;
  const air = `rws${tag}`;
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-hostapd-'));
  const control = join(folder, 'ap', 'vap');
  const ip = (command: string) => execFileSync('ip', command.split(' '));
  let hostapd: ChildProcess | undefined;
  const supplicants = new Map<Who, ChildProcess>();

  ip(`netns add ${namespace}`);
  ip(`netns add ${air}`);
  ip(`-n ${air} link add air type bridge group_fwd_mask 8`);
  ip(`-n ${air} link set air up`);
  ip(`link add vap netns ${namespace} type veth peer name vapair netns ${air}`);
  ip(`-n ${namespace} link set vap up`);
  ip(`-n ${air} link set vapair master air up`);
  for (const [who, name] of names) {
    ip(`-n ${air} link add ${name} address ${who.mac} type veth peer name ${name}air`);
    ip(`-n ${air} link set ${name} up`);
    ip(`-n ${air} link set ${name}air master air up`);
    const supplicant = `ctrl_interface=${folder}/sta\nap_scan=0\nnetwork={\nkey_mgmt=IEEE8021X\neap=MD5\nidentity="${who.identity}"\npassword="secret"\neapol_flags=0\n}\n`;
    writeFileSync(join(folder, `${name}.conf`), supplicant);
  }
  writeFileSync(join(folder, 'users'), [...names.keys()].map((who) => `"${who.identity}" MD5 "secret"\n`).join(''));
  const lines = ['interface=vap', 'driver=wired', 'logger_stdout=-1', 'ieee8021x=1', 'use_pae_group_addr=0', 'eap_reauth_period=0', 'eap_server=1', `eap_user_file=${folder}/users`, `ctrl_interface=${folder}/ap`];
  writeFileSync(join(folder, 'hostapd.conf'), `${lines.join('\n')}\n`);

  function run(ns: string, log: string, ...argv: string[]): ChildProcess {
    const out = openSync(join(folder, log), 'a');
    const child = spawn('ip', ['netns', 'exec', ns, ...argv], { stdio: ['ignore', out, out] });
    closeSync(out);
    return child;
  }

  const ended = (child: ChildProcess) => new Promise<void>((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', () => resolve()) : resolve()));

  function request(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = unixDatagram({
        path: join(folder, `ask${++count}`),
        peer: control,
        onError: reject,
        onMessage(octets) {
          socket.close();
          resolve(Buffer.from(octets).toString());
        },
      });
      if (!socket.send(Buffer.from(command))) socket.close();
    });
  }

  const authorized = async (who: Who) => (await request(`STA ${who.mac}`)).includes('[AUTHORIZED]');
  const wpaCli = (who: Who, command: string) => execFileSync('ip', ['netns', 'exec', air, 'wpa_cli', '-p', join(folder, 'sta'), '-i', names.get(who) as string, command]);
  const log = (name: string) => readFileSync(join(folder, name), 'utf8');
  const times = (name: string, text: string) => log(name).split(text).length - 1;

  return {
    folder,
    namespace,
    control,
    request,
    async start() {
      hostapd = run(namespace, 'hostapd.log', 'hostapd', join(folder, 'hostapd.conf'));
      const before = times('hostapd.log', 'AP-ENABLED');
      await until(`hostapd is up: ${log('hostapd.log')}`, () => existsSync(control) && times('hostapd.log', 'AP-ENABLED') > before);
    },
    async stop(signal) {
      if (!hostapd) return;
      hostapd.kill(signal);
      await ended(hostapd);
      rmSync(control, { force: true });
      hostapd = undefined;
    },
    async arrive(who) {
      const name = names.get(who) as string;
      if (!supplicants.has(who)) {
        supplicants.set(who, run(air, `${name}.log`, 'wpa_supplicant', '-Dwired', `-i${name}`, `-c${join(folder, `${name}.conf`)}`));
        await until(`the supplicant of ${name} is up`, () => existsSync(join(folder, 'sta', name)) && log(`${name}.log`).includes('Associated with'));
      }
      wpaCli(who, 'logon');
      // As an access point does after an association, which the wired driver does not have; else the supplicant waits 2 s.
      await request(`NEW_STA ${who.mac}`);
      await until(`${name} is authorized: ${log(`${name}.log`)}`, () => authorized(who));
    },
    async authenticateAgain(who) {
      const before = times('hostapd.log', 'CTRL-EVENT-EAP-SUCCESS');
      await request(`EAPOL_REAUTH ${who.mac}`);
      await until('another EAP success', () => times('hostapd.log', 'CTRL-EVENT-EAP-SUCCESS') > before);
    },
    async logOff(who) {
      wpaCli(who, 'logoff');
      await until('the station is logged off', async () => !(await authorized(who)));
    },
    async remove() {
      for (const child of [...supplicants.values(), ...(hostapd ? [hostapd] : [])]) {
        child.kill('SIGTERM');
        await ended(child);
      }
      ip(`netns del ${namespace}`);
      ip(`netns del ${air}`);
      rmSync(folder, { recursive: true });
    },
  };
}
