/**
 * TCP connections that have not shown a certificate yet. Anybody on the internet can open them, so they are few for each address
 * (IPv6: each /64), few in all, and short.
 */
import type { Socket } from 'node:net';
import { isIpv6, maskIpv6 } from '../../protocol/address.ts';
import type { Millis } from '../../protocol/units.ts';

/** A gateway that cannot finish in this time has no use for the connection either. */
export const HANDSHAKE_TIMEOUT: Millis = 10_000;
/** Homes behind one NAT share an address; who is refused comes again a second later. */
const MOST_OF_A_SOURCE = 64;
const MOST = 4096;

type Peer = Pick<Socket, 'remoteAddress' | 'remotePort'>;
type Connection = Peer & { destroy(): unknown; on(event: 'close', call: () => void): unknown };

export interface Handshakes {
  /** Closes the connection at once if there are too many. */
  readonly begin: (socket: Connection) => void;
  readonly end: (socket: Peer) => void;
}

export function limitHandshakes(onRefused: () => void): Handshakes {
  const bySource = new Map<string, Set<string>>();
  let all = 0;

  function forget(source: string, key: string): void {
    const own = bySource.get(source);
    if (!own?.delete(key)) return;
    all -= 1;
    if (own.size === 0) bySource.delete(source);
  }

  return {
    begin(socket) {
      const [source, key] = [sourceOf(socket), keyOf(socket)];
      const own = bySource.get(source) ?? new Set<string>();
      if (own.size >= MOST_OF_A_SOURCE || all >= MOST) {
        onRefused();
        return void socket.destroy();
      }
      bySource.set(source, own.add(key));
      all += 1;
      socket.on('close', () => forget(source, key));
    },
    end: (socket) => forget(sourceOf(socket), keyOf(socket)),
  };
}

const keyOf = ({ remoteAddress, remotePort }: Peer): string => `${remoteAddress} ${remotePort}`;

/** IPv4 that came by an IPv6 socket stands there as `::ffff:192.0.2.1`. */
function sourceOf({ remoteAddress = '' }: Peer): string {
  const address = remoteAddress.replace(/%.*$/, '');
  return isIpv6(address) && !address.includes('.') ? maskIpv6(address, 64) : address;
}
