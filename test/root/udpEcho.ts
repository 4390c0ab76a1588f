/** A UDP server that says who asks, and clients that ask from a port of their own: both in namespaces, in this process. */
import { inNamespace } from '../../linux/namespace.ts';
import { udpSocket, type UdpSocket } from '../../linux/sockets/udpSocket.ts';

const fail = (e: Error): void => {
  throw e;
};

/** Answers each datagram with `address port` of its sender, from the address that was asked. */
export function tellingServer(namespace: string, port: number): UdpSocket {
  const socket: UdpSocket = inNamespace(namespace, () =>
    udpSocket({
      port,
      onMessage: (m) => socket.send(new TextEncoder().encode(`${m.source} ${m.sourcePort}`), { address: m.source, port: m.sourcePort, source: m.destination }),
      onError: fail,
    }),
  );
  return socket;
}

/** What the server saw: asked up to three times, since a first packet may wait for a neighbour; undefined after `patience` each. */
export async function asksWho(namespace: string, server: { readonly address: string; readonly port: number }, sourcePort: number, patience = 500): Promise<{ readonly address: string; readonly port: number } | undefined> {
  let heard: (text: string) => void = () => undefined;
  const socket = inNamespace(namespace, () => udpSocket({ port: sourcePort, onMessage: (m) => heard(new TextDecoder().decode(m.octets)), onError: () => undefined }));
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await new Promise<string | undefined>((resolve) => {
        const timer = setTimeout(() => resolve(undefined), patience);
        heard = (text) => {
          clearTimeout(timer);
          resolve(text);
        };
        socket.send(new TextEncoder().encode('who?'), server);
      });
      const [address, port] = answer?.split(' ') ?? [];
      if (address !== undefined) return { address, port: Number(port) };
    }
    return undefined;
  } finally {
    socket.close();
  }
}
