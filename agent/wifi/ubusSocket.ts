/** ubusd's UNIX stream socket. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';

/** Where OpenWrt has it: since 2021, and before. */
export const UBUS_SOCKETS = ['/var/run/ubus/ubus.sock', '/var/run/ubus.sock'] as const;

export interface StreamSocket {
  send(octets: Uint8Array): void;
  /** Nothing is told after this. */
  close(): void;
}

/** Port: connects. Failure, now or later, is told once, in words. */
export type OpenStream = (onOctets: (octets: Uint8Array) => void, onFailure: (reason: string) => void) => StreamSocket;

/** What a peer that does not read may cost. */
const MOST_UNSENT = 1_048_576;

/** The first of `paths` that is there when it is opened. */
export const ubusSocket =
  (paths: readonly string[] = UBUS_SOCKETS): OpenStream =>
  (onOctets, onFailure) => {
    const path = paths.find((p) => existsSync(p)) ?? paths[0] ?? '';
    const socket = connect(path);
    let closed = false;
    const close = (): void => {
      closed = true;
      socket.destroy();
    };
    const fail = (reason: string): void => {
      if (closed) return;
      close();
      onFailure(reason);
    };
    socket.on('data', (octets: Uint8Array) => !closed && onOctets(octets));
    socket.on('error', (e: NodeJS.ErrnoException) => fail(e.code === 'ENOENT' || e.code === 'ECONNREFUSED' ? `no ubusd listens on ${paths.join(' or ')}` : `${path}: ${e.message}`));
    socket.on('close', () => fail('ubusd closed the connection'));
    return {
      send(octets) {
        socket.write(octets);
        if (socket.writableLength > MOST_UNSENT) fail('ubusd does not read');
      },
      close,
    };
  };
