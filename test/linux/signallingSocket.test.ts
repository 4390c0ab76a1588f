import { afterEach, describe, expect, it } from 'vitest';
import { signallingSocket, type SignallingSocket, type SignallingSocketOptions } from '../../linux/sockets/signallingSocket.ts';

const HERE = '127.0.0.1';
const THERE = '127.0.0.2';
const PORT = 24_436;

let open: SignallingSocket[] = [];
const listen = (options: Omit<SignallingSocketOptions, 'port'> & { readonly port?: number }): SignallingSocket => {
  const socket = signallingSocket({ port: PORT, ...options });
  open.push(socket);
  return socket;
};
const nobody = { onMessage: () => undefined, onError: (e: Error) => expect.fail(e.message) };
afterEach(() => {
  for (const socket of open) socket.close();
  open = [];
});

describe('the signalling socket', () => {
  it('takes and sends many at a time, whole and in order, and says whence each came', async () => {
    const got: string[] = [];
    await new Promise<void>((resolve) => {
      listen({
        ...nobody,
        address: HERE,
        onMessage(octets, source, sourcePort, destination) {
          got.push(`${source}:${sourcePort} ${destination} ${octets.length} ${octets[0]}`);
          if (got.length === 150) resolve();
        },
      });
      const sender = listen({ ...nobody, address: THERE });
      for (let i = 0; i < 150; i++) sender.send(new Uint8Array(i + 1).fill(i), { address: HERE, port: PORT, source: THERE });
    });
    expect(got).toEqual(Array.from({ length: 150 }, (_, i) => `${THERE}:${PORT} ${HERE} ${i + 1} ${i}`));
  });

  it('of every address says to which one a datagram came, and answers from there', async () => {
    const answer = await new Promise<string>((resolve) => {
      const every = listen({ ...nobody, onMessage: (octets, source, sourcePort, destination) => every.send(octets.slice(), { address: source, port: sourcePort, source: destination }) });
      const asker = listen({ ...nobody, address: THERE, port: PORT + 1, onMessage: (octets, source, sourcePort) => resolve(`${source}:${sourcePort} ${octets.length}`) });
      asker.send(new Uint8Array(9), { address: '127.0.0.3', port: PORT, source: THERE });
    });
    expect(answer).toBe(`127.0.0.3:${PORT} 9`);
  });

  it('one datagram that is refused is told of and keeps no other back', async () => {
    const errors: string[] = [];
    const got = await new Promise<number>((resolve) => {
      listen({ ...nobody, address: HERE, onMessage: (octets) => resolve(octets.length) });
      const sender = listen({ ...nobody, address: THERE, onError: (e) => errors.push(e.message) });
      sender.send(new Uint8Array(1), { address: '255.255.255.255', port: PORT, source: THERE });
      sender.send(new Uint8Array(2049), { address: HERE, port: PORT, source: THERE });
      sender.send(new Uint8Array(3), { address: HERE, port: PORT, source: THERE });
    });
    expect(got).toBe(3);
    expect(errors).toEqual([expect.stringContaining('2049 octets are too long'), expect.stringMatching(/send 1 octets on the signalling socket 127\.0\.0\.2:24436: EACCES/)]);
  });

  it('a port in use is an error', () => {
    listen({ ...nobody, address: HERE });
    expect(() => listen({ ...nobody, address: HERE })).toThrow(/EADDRINUSE/);
  });
});
