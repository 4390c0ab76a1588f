/** UNIX datagrams, as hostapd's control socket speaks them. */
import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { AF_UNIX, SOCK_DGRAM } from '../abi.ts';
import { check, native } from '../native.ts';
import { decodeUnix, encodeUnix } from '../sockaddr.ts';
import { endpoint, growReceiveBuffer, openSocket } from './endpoint.ts';

export interface UnixDatagramOptions {
  /**
   * Own name, to which the peer answers: a path, or `@name` in the abstract name space, which needs no file and no rights
   * but is seen in the same network namespace only. A socket left behind at the path is replaced.
   */
  readonly path: string;
  /** Talk to this path only; datagrams of others are refused by the kernel. */
  readonly peer?: string;
  /** Rights of the own path, such as 0o660: a peer without root (OpenWrt's hostapd has uid 101) must be able to write. */
  readonly mode?: number;
  /** Owner of the own path. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** `from` is empty for a sender without a name. */
  readonly onMessage: (octets: Uint8Array, from: string) => void;
  readonly onError: (error: Error) => void;
}

export interface UnixDatagram {
  /** To `peer`, or to the given path. False: refused, see onError. */
  send(octets: Uint8Array, to?: string): boolean;
  unref(): void;
  /** Also removes the own path. */
  close(): void;
}

/** @throws NativeError, or an Error of node:fs for the rights of the path */
export function unixDatagram(options: UnixDatagramOptions): UnixDatagram {
  const { path, peer } = options;
  const file = path.startsWith('@') ? undefined : path;
  const what = `the UNIX socket ${path}`;
  if (file) removeSocket(file);
  let bound = false;
  let fd: number;
  try {
    fd = openSocket(what, [AF_UNIX, SOCK_DGRAM, 0], (fd) => {
      check(`bind ${what}`, native().bind(fd, encodeUnix(path)), 'the folder must exist and be writable, and no other process may hold the name');
      bound = true;
      if (file && options.owner) chownSync(file, options.owner.uid, options.owner.gid);
      if (file && options.mode !== undefined) chmodSync(file, options.mode);
      growReceiveBuffer(fd, 1 << 20);
      if (peer) check(`connect ${what} to ${peer}`, native().connect(fd, encodeUnix(peer)), `is its owner running?`);
    });
  } catch (error) {
    if (file && bound) removeSocket(file);
    throw error;
  }
  const socket = endpoint(fd, { what, onError: options.onError, onReceive: ({ octets, from }) => options.onMessage(octets, decodeUnix(from)) });
  return {
    send: (octets, to) => socket.send(octets, to === undefined ? undefined : encodeUnix(to)),
    unref: () => socket.unref(),
    close() {
      socket.close();
      if (file) removeSocket(file);
    },
  };
}

/** Only ever a socket: a file of another kind at that path is not ours to remove, and bind will refuse it. */
function removeSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path);
}
