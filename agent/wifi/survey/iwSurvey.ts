/** What this gateway's radio heard, from `iw`: the results of whoever scanned last (hostapd does at its start), without a scan of our own. */
import { execFile } from 'node:child_process';
import type { Millis } from '../../../protocol/units.ts';
import { parseIwScan } from './iwScan.ts';
import type { NeighbourSurvey } from './neighbours.ts';

/** Runs a program to its end and gives what it printed. @throws (rejects with) the error of child_process */
export type Run = (command: string, args: readonly string[]) => Promise<string>;

const TIMEOUT: Millis = 10_000;
/** Some hundred BSSs. */
const MOST_OCTETS = 4 * 1024 * 1024;

export const runProgram: Run = (command, args) =>
  new Promise((resolve, reject) => {
    execFile(command, args, { timeout: TIMEOUT, maxBuffer: MOST_OCTETS, killSignal: 'SIGKILL', encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error) reject(Object.assign(error, { stderr }));
      else resolve(stdout);
    });
  });

export interface IwOptions {
  /** An interface of the radio: the BSS itself, not the bridge above it. */
  readonly device: string;
  /** Asks for a passive scan first, whose results the next look finds. It takes the radio off its channel, phones and all. */
  readonly scan: boolean;
  readonly run: Run;
}

type Failure = Error & { readonly code?: string | number; readonly killed?: boolean; readonly stderr?: string };

function inWords(device: string, e: Failure): string {
  if (e.code === 'ENOENT') return 'iw is not installed (Debian: apt install iw; OpenWrt: opkg install iw)';
  if (e.killed) return `iw did not end within ${TIMEOUT / 1000} s`;
  const said = (e.stderr ?? '').trim() || e.message;
  if (/nl80211 not found/.test(said)) return 'the kernel has no 802.11 devices (nl80211)';
  if (/No such device|\(-19\)/.test(said)) return `there is no 802.11 interface ${device}; survey.interface names the radio's, as "iw dev" lists it`;
  return `iw dev ${device} scan: ${said.split('\n')[0]}`;
}

/** Somebody scans already, and that is as good. */
function unlessBusy(e: Error): void {
  if (!/\(-16\)/.test(e.message)) throw e;
}

export function iwSurvey({ device, scan, run }: IwOptions): NeighbourSurvey {
  const iw = (...args: string[]): Promise<string> =>
    run('iw', ['dev', device, 'scan', ...args]).catch((e: Failure) => {
      throw new Error(inWords(device, e), { cause: e });
    });
  return {
    async look() {
      if (scan) await iw('trigger', 'ap-force', 'passive').catch(unlessBusy);
      return parseIwScan(await iw('dump'));
    },
  };
}
