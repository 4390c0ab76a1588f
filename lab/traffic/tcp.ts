/** A TCP connection that lives through the whole run: what it sends is pseudo-random, and what comes back is compared octet by octet. */
import { connect } from 'node:net';
import { monotonic } from './packet.ts';

export interface TcpReport {
  readonly alive: boolean;
  /** Why it is not alive. */
  readonly error?: string;
  readonly octetsSent: number;
  readonly octetsVerified: number;
  /** Octets that came back other than they went. */
  readonly corrupt: number;
  readonly longestStallMs: number;
  readonly localAddress: string;
}

export interface TcpHandle {
  report(): TcpReport;
  stop(): TcpReport;
}

/** xorshift32: the sender and the comparer each run one from the same seed. */
function octets(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x & 0xff;
  };
}

const SEED = 0x5213;
/** Not yet echoed: beyond this the sender waits, so that an outage does not fill the memory. */
const IN_FLIGHT = 256 * 1024;

export function tcpEcho(target: string, port: number, intervalMs: number, chunk: number): TcpHandle {
  const next = octets(SEED);
  const expected = octets(SEED);
  let sent = 0;
  let verified = 0;
  let corrupt = 0;
  let lastAt = monotonic();
  let longest = 0;
  let connected = false;
  let error: string | undefined;
  let local = '';

  const socket = connect(port, target, () => {
    connected = true;
    lastAt = monotonic();
    local = socket.localAddress ?? '';
  });
  socket.setNoDelay(true);
  socket.on('data', (data) => {
    for (const octet of data) {
      if (octet === expected()) verified++;
      else corrupt++;
    }
    const now = monotonic();
    longest = Math.max(longest, now - lastAt);
    lastAt = now;
  });
  socket.on('error', (e) => (error ??= e.message));
  socket.on('close', () => (error ??= 'closed by the other end'));

  const timer = setInterval(() => {
    if (!connected || error || sent - verified - corrupt > IN_FLIGHT) return;
    socket.write(Uint8Array.from({ length: chunk }, next));
    sent += chunk;
  }, intervalMs);

  const report = (): TcpReport => ({
    alive: connected && !error,
    ...(error ? { error } : connected ? {} : { error: 'not connected yet' }),
    octetsSent: sent,
    octetsVerified: verified,
    corrupt,
    longestStallMs: longest,
    localAddress: local,
  });
  return {
    report,
    stop() {
      clearInterval(timer);
      const r = report();
      socket.destroy();
      return r;
    },
  };
}
