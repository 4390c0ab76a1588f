/**
 * A way from the lab's transport to a port of this machine's loopback: a listener in the namespace, whose connections this process
 * carries over. So the cloud runs where the browser is, and this machine's own network stays as it was.
 */
import { connect, createServer, type Socket } from 'node:net';
import { inNamespace } from '../../linux/namespace.ts';

export interface Passage {
  close(): Promise<void>;
}

export async function openPassage(namespace: string, port: number, to: number): Promise<Passage> {
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const onward = connect(to, '127.0.0.1');
    const ends = [from, onward];
    for (const end of ends) {
      open.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        open.delete(end);
        for (const each of ends) each.destroy();
      });
    }
    from.pipe(onward).pipe(from);
  });
  // Without a host the socket is made at once, and so in there.
  const listening = new Promise<void>((resolve, reject) => server.once('error', reject).once('listening', resolve));
  inNamespace(namespace, () => server.listen(port));
  await listening;
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const end of open) end.destroy();
      }),
  };
}
