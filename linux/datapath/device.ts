/** What rtnetlink does not set: flags and offloads of an interface by ioctl, sysctls by file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { check, native } from '../native.ts';
import { AF_INET, SOCK_DGRAM } from '../abi.ts';

const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const SIOCETHTOOL = 0x8946;
const IFF_NOARP = 0x80;
const SIOCSIFTXQLEN = 0x8943;
const ETHTOOL_STXCSUM = 0x17;
const IFREQ = 40;
const IFREQ_VALUE = 16;

function withRequest(interfaceName: string, use: (fd: number, request: Uint8Array) => void): void {
  const n = native();
  const fd = check('open a socket for ioctl', n.socket(AF_INET, SOCK_DGRAM, 0));
  try {
    const request = new Uint8Array(IFREQ);
    request.set(new TextEncoder().encode(interfaceName.slice(0, 15)));
    use(fd, request);
  } finally {
    n.close(fd);
  }
}

/** Packets leave the interface without asking for the next hop's MAC. @throws NativeError */
export function withoutArp(interfaceName: string): void {
  withRequest(interfaceName, (fd, request) => {
    check(`read the flags of ${interfaceName}`, native().ioctl(fd, SIOCGIFFLAGS, request));
    const view = new DataView(request.buffer);
    view.setUint16(IFREQ_VALUE, view.getUint16(IFREQ_VALUE, true) | IFF_NOARP, true);
    check(`set the flags of ${interfaceName}`, native().ioctl(fd, SIOCSIFFLAGS, request));
  });
}

/** What is sent on the interface is segmented and has its checksums filled in before. @throws NativeError */
export function withoutOffload(interfaceName: string): void {
  withRequest(interfaceName, (fd, request) => {
    const value = new Uint8Array(8); // struct ethtool_value: command, off
    new DataView(value.buffer).setUint32(0, ETHTOOL_STXCSUM, true);
    check(`switch the checksum offload of ${interfaceName} off`, native().ioctl(fd, SIOCETHTOOL, request, [[IFREQ_VALUE, value]]));
  });
}

/** Packets that wait in the interface. @throws NativeError */
export function queueLength(interfaceName: string, packets: number): void {
  withRequest(interfaceName, (fd, request) => {
    new DataView(request.buffer).setInt32(IFREQ_VALUE, packets, true);
    check(`set the queue of ${interfaceName}`, native().ioctl(fd, SIOCSIFTXQLEN, request));
  });
}

const pathOf = (key: string) => `/proc/sys/net/${key}`;

/** `ipv4/conf/eth0/rp_filter`; undefined where the kernel has no such sysctl. */
export function readSysctl(key: string): string | undefined {
  try {
    return readFileSync(pathOf(key), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Written only if it differs. What the kernel lacks (IPv6 switched off) is left alone. @throws Error with the path */
export function writeSysctl(key: string, value: number): void {
  const now = readSysctl(key);
  if (now !== undefined && now !== String(value)) writeFileSync(pathOf(key), String(value));
}
