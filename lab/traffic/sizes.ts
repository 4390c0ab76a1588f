/** Which packet sizes come through unfragmented: one datagram of each size with DF (IPv6 never fragments on the way), echoed by the host. */
import { isIPv6 } from 'node:net';
import { decode, encode } from '../../protocol/codec.ts';
import { AF_INET, AF_INET6, SOCK_DGRAM, SOL_IP, SOL_IPV6, int } from '../../linux/abi.ts';
import { check, errnoName, native } from '../../linux/native.ts';
import { sockaddrIn, sockaddrIn6 } from '../../linux/sockaddr.ts';
import { PROBE_SIZE, decodeProbe, encodeProbe, monotonic } from './packet.ts';

export interface SizeResult {
  /** Of the IP packet, with its header. */
  readonly size: number;
  /** `too big`: an ICMP message said so, or the stack already knew. `lost`: silence, which is what must not happen. */
  readonly result: 'echoed' | 'too big' | 'lost';
  /** What the stack knows of the path after this packet. */
  readonly pathMtu: number;
}

const MTU_DISCOVER = { 4: { level: SOL_IP, discover: 10, mtu: 14, overhead: 28 }, 6: { level: SOL_IPV6, discover: 23, mtu: 24, overhead: 48 } } as const;
/** Always set DF and obey the path MTU that was learned. */
const PMTUDISC_DO = 2;

export async function sizes(target: string, port: number, wanted: readonly number[]): Promise<SizeResult[]> {
  const n = native();
  const six = isIPv6(target);
  const { level, discover, mtu, overhead } = MTU_DISCOVER[six ? 6 : 4];
  const fd = check('open a UDP socket', n.socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0));
  try {
    check('set DF', n.setsockopt(fd, level, discover, encode(int, PMTUDISC_DO)));
    const address = six ? encode(sockaddrIn6, { port, address: target, scope: 0 }) : encode(sockaddrIn, { port, address: target });
    check(`connect to ${target}`, n.connect(fd, address));
    const pathMtu = () => {
      const value = new Uint8Array(4);
      check('ask for the path MTU', n.getsockopt(fd, level, mtu, value));
      return decode(int, value);
    };
    const results: SizeResult[] = [];
    for (const size of wanted) results.push({ size, result: await once(fd, size - overhead), pathMtu: pathMtu() });
    return results;
  } finally {
    n.close(fd);
  }
}

const WAIT_MS = 400;

async function once(fd: number, payload: number): Promise<SizeResult['result']> {
  const n = native();
  const seq = payload;
  const sent = n.write(fd, encodeProbe({ kind: 'echo', session: process.pid, seq, sentAt: monotonic(), number: 0 }, Math.max(payload, PROBE_SIZE)));
  if (sent < 0) return errnoName(sent) === 'EMSGSIZE' ? 'too big' : 'lost';
  const buffer = Buffer.alloc(65536);
  for (const end = monotonic() + WAIT_MS; monotonic() < end; ) {
    const got = n.read(fd, buffer);
    if (got >= 0 && decodeProbe(buffer.subarray(0, got))?.seq === seq) return 'echoed';
    if (got < 0 && errnoName(got) === 'EMSGSIZE') return 'too big';
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return 'lost';
}
