/**
 * The dashboard of `npm start`: `roamstead cloud` on this machine's own loopback, where a browser is, and the lab's gateways claimed
 * as a person would, through the API with the code that each shows.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentStatus } from '../../agent/fleet/status.ts';
import type { Home, PendingClaim } from '../../cloud/api/resources/homes.ts';
import { ask } from '../../runtime/control.ts';
import { sleep } from '../processes.ts';
import { apiOf, prepareCloud, startCloud, type Api } from './cloud.ts';
import { makeToken } from './founding.ts';
import { openPassage, type Passage } from './passage.ts';
import { townOf } from './town.ts';

export interface DashboardOptions {
  /** The lab's: logs, configurations and the cloud's state are there. */
  readonly folder: string;
  readonly lma: { readonly name: string; readonly socket: string };
  /** Where homes are that do not share this machine's loopback: the namespace and address at which they reach the broker. */
  readonly homes?: { readonly namespace: string; readonly address: string };
  readonly say: (text: string) => void;
}

/** A gateway that waits to be claimed. */
export interface Newcomer {
  readonly name: string;
  readonly status: () => Promise<AgentStatus>;
}

export interface Dashboard {
  /** Of the API, as an owner. */
  readonly api: Api;
  /** Section `fleet` of a gateway's file. */
  readonly section: (home: number) => Readonly<Record<string, string>>;
  /** Resolves when all are homes of the fleet, or the dashboard is closed. */
  claim(newcomers: readonly Newcomer[]): Promise<void>;
  close(): Promise<void>;
}

const PORT = 8883;
/** The API asks for patience of whoever asks more often. */
const EVERY_MS = 500;

/** Says where the dashboard is. @throws LabError when the cloud does not get up */
export async function openDashboard({ folder, lma, homes, say }: DashboardOptions): Promise<Dashboard> {
  const onError = (e: Error): void => void process.stderr.write(`dashboard: ${e.message}\n`);
  // No anchors: where the LMA is, the lab's gateways know from their own files, so that nobody waits for a claim before phones roam.
  const files = await prepareCloud({ folder, names: [homes?.address ?? '127.0.0.1'], lma: { ...lma, anchors: [] } });
  const token = await makeToken(files.state, onError);
  const cloud = await startCloud(files, folder);
  let passage: Passage | undefined;
  const closed = new AbortController();
  const path = (name: string): string => join(folder, name);
  try {
    passage = homes && (await openPassage(homes.namespace, PORT, files.brokerPort));
    writeFileSync(path('claim.pem'), String(await ask(join(files.state, 'control.sock'), { command: 'claim credential' })), { mode: 0o600 });
  } catch (e) {
    await cloud.process.stop();
    throw e;
  }
  say(`dashboard: ${cloud.address}`);
  if (cloud.setUpLink !== undefined) say(`open this link once to make yourself its owner: ${cloud.setUpLink}`);
  const api = apiOf(files, token);
  const broker = homes ? `mqtts://${homes.address}:${PORT}` : `mqtts://127.0.0.1:${files.brokerPort}`;

  async function claimOne({ name, status }: Newcomer, i: number, of: number): Promise<void> {
    while (!closed.signal.aborted) {
      const { fleet } = await status();
      const waits = fleet?.code !== undefined && (await api<readonly PendingClaim[]>('GET', '/claims')).some((c) => c.gateway === fleet.gateway);
      if (waits) {
        const [group] = await api<readonly { readonly id: string }[]>('GET', '/groups');
        const home = await api<Home>('POST', '/claims', { code: fleet.code, name, group: group?.id });
        await api('PATCH', `/homes/${home.id}`, { position: townOf(of)[i]?.position });
        return say(`${name} is claimed: it is in the dashboard`);
      }
      await sleep(EVERY_MS);
    }
  }

  return {
    api,
    section: (home) => ({ broker, authority: join(files.state, 'pki', 'authority.pem'), 'claim-credential': path('claim.pem'), 'state-directory': path(`fleet${home}`) }),
    async claim(newcomers) {
      for (const [i, newcomer] of newcomers.entries()) await claimOne(newcomer, i, newcomers.length).catch((e: unknown) => closed.signal.aborted || onError(e as Error));
    },
    async close() {
      closed.abort();
      await passage?.close();
      await cloud.process.stop();
    },
  };
}
