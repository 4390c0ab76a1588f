/**
 * The device of held packets: a TAP of this process. The programs send packets there that are to wait, the process reads them,
 * and what it writes comes back to the programs (`release`). It goes with the process, and so does what waits in it.
 */
import { encode } from '../../protocol/codec.ts';
import { cString } from '../abi.ts';
import { netlink } from '../netlink/socket.ts';
import { setLink } from '../netlink/link.ts';
import { check, errnoName, native, NativeError } from '../native.ts';
import { queueLength, withoutArp, writeSysctl } from './device.ts';

export interface HoldDevice {
  readonly index: number;
  /** A frame, or undefined when none waits. */
  read(): Uint8Array | undefined;
  /** Through the program and on its way when this returns. False: not now. */
  write(frame: Uint8Array): boolean;
  close(): void;
}

const NAME = 'pmiphold';
const O_RDWR = 2;
const TUNSETIFF = 0x4004_54ca;
const IFF_TAP_NO_PI = 0x1002;
const IFREQ = 40;
const IFREQ_VALUE = 16;
/** Frames that wait for this process when it is busy for a moment. */
const QUEUE = 8192;
const LARGEST_FRAME = 65_550;
const EAGAIN = -11;

/** `mtu`: the pseudo-device's. @throws NativeError, as when the kernel has no TUN */
export function openHoldDevice(mtu: number, onReadable: () => void, onError: (error: Error) => void): HoldDevice {
  const n = native();
  const fd = check('open /dev/net/tun', n.open('/dev/net/tun', O_RDWR), 'load the module tun, or configure no `hold`');
  try {
    const request = new Uint8Array(IFREQ);
    request.set(encode(cString, NAME));
    new DataView(request.buffer).setUint16(IFREQ_VALUE, IFF_TAP_NO_PI, true);
    check(`make the device ${NAME}`, n.ioctl(fd, TUNSETIFF, request));
    const index = check(`find the interface ${NAME}`, n.ifNameToIndex(NAME));
    withoutArp(NAME);
    queueLength(NAME, QUEUE);
    // It has no address, asks nobody and announces nothing.
    writeSysctl(`ipv6/conf/${NAME}/disable_ipv6`, 1);
    const nl = netlink();
    try {
      setLink(nl, index, { mtu, up: true });
    } finally {
      nl.close();
    }
    const buffer = new Uint8Array(LARGEST_FRAME);
    check(`poll ${NAME}`, n.pollStart(fd, onReadable));
    let open = true;
    return {
      index,
      read() {
        const length = open ? n.read(fd, buffer) : EAGAIN;
        if (length >= 0) return buffer.slice(0, length);
        if (length !== EAGAIN) onError(new NativeError(`read ${NAME}`, errnoName(length)));
        return undefined;
      },
      write(frame) {
        const written = open ? n.write(fd, frame) : EAGAIN;
        if (written < 0 && written !== EAGAIN) onError(new NativeError(`write ${frame.length} octets to ${NAME}`, errnoName(written)));
        return written !== EAGAIN;
      },
      close() {
        if (open) n.close(fd);
        open = false;
      },
    };
  } catch (error) {
    n.close(fd);
    throw error;
  }
}
