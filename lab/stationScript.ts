/** Says to a gateway's scripted fake of the StationEvents port what hostapd would say: one connection, kept open. */
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import type { Mac } from '../protocol/mac.ts';

export interface StationScript {
  /** Resolves when the gateway has taken the event. @throws Error with the gateway's reason */
  attach(accessInterface: string, mac: Mac, identity?: string): Promise<void>;
  detach(accessInterface: string, mac: Mac): Promise<void>;
  close(): void;
}

interface Reply {
  readonly ok: boolean;
  readonly reason?: string;
}

/** `path`: the gateway's `scripted-stations` socket. */
export function stationScript(path: string): Promise<StationScript> {
  const socket = createConnection(path);
  const waiting: ((reply: Reply) => void)[] = [];
  const tell = (command: object) =>
    new Promise<void>((resolve, reject) => {
      waiting.push(({ ok, reason }) => (ok ? resolve() : reject(new Error(`${path}: ${reason}`))));
      socket.write(`${JSON.stringify(command)}\n`);
    });
  const script: StationScript = {
    attach: (accessInterface, mac, identity) => tell({ do: 'attach', interface: accessInterface, mac, ...(identity === undefined ? {} : { identity }) }),
    detach: (accessInterface, mac) => tell({ do: 'detach', interface: accessInterface, mac }),
    close: () => void socket.end(),
  };
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      createInterface({ input: socket }).on('line', (line) => waiting.shift()?.(JSON.parse(line) as Reply));
      resolve(script);
    });
    socket.once('error', reject);
  });
}
