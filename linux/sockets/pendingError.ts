/** The error of a socket that no read is the cause of: its interface went down, a queue overran. */
import { Reader } from '../../protocol/codec.ts';
import { int, SO_ERROR, SOL_SOCKET } from '../abi.ts';
import { errnoName, native, NativeError } from '../native.ts';

/** `what` names the socket. Asking for the error clears it. */
export function pendingError(fd: number, what: string): NativeError | undefined {
  const value = new Uint8Array(4);
  native().getsockopt(fd, SOL_SOCKET, SO_ERROR, value);
  const errno = int.read(new Reader(value));
  return errno ? new NativeError(what, errnoName(-errno)) : undefined;
}
