/** The LMA of a simulated fleet: `roamstead lma` on the loopback, without a data path. */
import { writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import type { Ipv4 } from '../../protocol/address.ts';
import { LabError } from '../namespaces.ts';
import { roamstead } from '../paths.ts';
import { start, until, type LabProcess } from '../processes.ts';
import { APN } from './founding.ts';

export const LMA = 'lma1';
const READY_MS = 30_000;

export interface LabLma {
  readonly socket: string;
  readonly address: Ipv4;
  readonly signallingPort: number;
  readonly process: LabProcess;
}

/** @param refused NAIs that have no mobility here */
export async function startLabLma(folder: string, address: Ipv4, refused: readonly string[]): Promise<LabLma> {
  const socket = join(folder, 'lma.sock');
  const file = join(folder, 'lma.yaml');
  const signallingPort = await freeUdpPort(address);
  writeFileSync(
    file,
    JSON.stringify(
      {
        // Hundreds of homes share the processors of one machine: what is late here is not old.
        'lma-services': [{ name: LMA, 'bind-address': [address], 'timestamp-replay-protection-tolerance': 30_000 }],
        'ip-pools': [{ name: 'v4', network: '10.0.0.0/14', 'subscriber-gw-address': '10.0.0.1' }],
        'ipv6-pools': [{ name: 'v6', prefix: '2001:db8::/40' }],
        apns: [{ name: APN, 'ip-pool': 'v4', 'ipv6-pool': 'v6' }],
        nodes: [...refused.map((match) => ({ match, pmipv6: false })), { match: '*' }],
        datapath: 'none',
        'signalling-port': signallingPort,
        'control-socket': socket,
        'state-directory': join(folder, 'lma'),
      },
      undefined,
      2,
    ),
  );
  const lma = start({ name: 'lma', namespace: undefined, argv: [process.execPath, roamstead, 'lma', '--config', file], folder });
  await until(`the LMA to be ready (see ${lma.logFile})`, READY_MS, () => {
    if (!lma.running()) throw new LabError(`roamstead lma ended: ${lma.log().trim()}`);
    return lma.log().includes(' is ready');
  });
  return { socket, address, signallingPort, process: lma };
}

/** Its homes have the same port at addresses of their own. */
function freeUdpPort(address: Ipv4): Promise<number> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, address, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
