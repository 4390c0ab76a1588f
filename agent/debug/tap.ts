/** `debug ip cef packet INTERFACE input|output rate N`: packets on one interface as they pass, by a socket that exists only while somebody looks. */
import type { Veil } from '../../protocol/print.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Request } from '../../runtime/control.ts';
import type { Watch } from '../../runtime/debug.ts';
import { packetLine } from './packet.ts';

export const TAP = 'ip cef packet';

export interface TapOptions {
  readonly device: string;
  readonly direction: 'input' | 'output';
  /** `ethernet` false: packets begin with their IP header. */
  readonly onFrame: (frame: Uint8Array, ethernet: boolean) => void;
}

export interface TapWatchOptions {
  /** By the name that `show` prints or the device's own: those that the gateway uses. */
  readonly devices: () => ReadonlyMap<string, string>;
  /** @throws NativeError */
  readonly open: (options: TapOptions) => { close(): void };
  readonly veil: Veil;
}

/** The seed's `rate 0` asks for all; nobody reads more than this, and making more lines would cost the phones their turn. */
const MOST_A_SECOND = 1000;
const SECOND: Millis = 1000;

/** @throws Error in words, by the request's interface, direction and rate */
export function tapWatch({ devices, open, veil }: TapWatchOptions): (request: Request) => Watch {
  return (request) => {
    const { interface: name, direction, rate } = request;
    const known = devices();
    const device = typeof name === 'string' ? known.get(name) : undefined;
    if (device === undefined) throw new Error(`no interface of this gateway is called ${JSON.stringify(name ?? '')}; there are: ${[...known.keys()].join(', ')}`);
    if (direction !== 'input' && direction !== 'output') throw new Error('expected input or output');
    if (typeof rate !== 'number' || !Number.isInteger(rate) || rate < 0) throw new Error('expected a rate of packets a second, 0 for all');
    const way = direction === 'input' ? 'in' : 'out';
    const most = rate === 0 ? MOST_A_SECOND : Math.min(rate, MOST_A_SECOND);
    return {
      name: `${TAP} ${name as string} ${direction} rate ${rate}`,
      start: (say) => sampled(most, (onFrame) => open({ device, direction, onFrame }), (frame, ethernet) => say(() => `${name as string} ${direction}: ${packetLine(way, device, frame, ethernet, veil)}`)),
    };
  };
}

type OnFrame = TapOptions['onFrame'];

/** The first `most` frames of each second. The rest is not even received: the tap is closed until the next second begins. */
function sampled(most: number, open: (onFrame: OnFrame) => { close(): void }, show: OnFrame): () => void {
  let left = most;
  let tap: { close(): void } | undefined = open(onFrame);
  const timer = setInterval(() => {
    left = most;
    tap ??= open(onFrame);
  }, SECOND).unref();

  function onFrame(frame: Uint8Array, ethernet: boolean): void {
    if (left === 0) return;
    left -= 1;
    show(frame, ethernet);
    if (left > 0) return;
    tap?.close();
    tap = undefined;
  }
  return () => {
    clearInterval(timer);
    tap?.close();
  };
}
