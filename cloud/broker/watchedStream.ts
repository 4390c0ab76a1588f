/** A connection as the broker sees it: only what the watch lets pass, no faster than it says. */
import { Duplex } from 'node:stream';
import type { Verdict } from './frames.ts';

export interface WatchedOptions {
  readonly watch: (octets: Uint8Array) => Verdict;
  /** It comes too fast, or what came ends the connection. */
  readonly onOverrun: (reason: string) => void;
}

export function watchedStream(socket: Duplex, { watch, onOverrun }: WatchedOptions): Duplex {
  let timer: NodeJS.Timeout | undefined;
  const stream = new Duplex({
    read() {
      if (!timer) socket.resume();
    },
    write(chunk: Buffer, _, done) {
      socket.write(chunk, done);
    },
    // The pieces of one packet leave in one TLS record.
    writev(chunks, done) {
      socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done);
    },
    final(done) {
      socket.end(done);
    },
    destroy(error, done) {
      clearTimeout(timer);
      socket.destroy();
      done(error);
    },
  });

  socket.on('data', (octets: Buffer) => {
    const verdict = watch(octets);
    if (verdict.kind === 'end') {
      onOverrun(verdict.reason);
      stream.destroy();
      return;
    }
    const wanted = stream.push(octets);
    if (verdict.wait > 0) {
      onOverrun('packets come faster than they may');
      timer = setTimeout(() => {
        timer = undefined;
        socket.resume();
      }, verdict.wait);
    }
    if (!wanted || timer) socket.pause();
  });
  socket.on('end', () => stream.push(null));
  socket.on('error', () => stream.destroy());
  socket.on('close', () => stream.destroy());
  return stream;
}
