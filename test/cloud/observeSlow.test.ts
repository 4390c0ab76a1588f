/** Clients of /metrics that never read. */
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { openHttp } from '../../cloud/observe/http.ts';

it('lose their connections', async () => {
  const large = 'x'.repeat(16 << 20);
  const pages = { metrics: () => Promise.resolve(large), metricsType: 'text/plain', ready: () => ({ ready: true, checks: [] }), traces: () => [] };
  const server = await openHttp({ host: '127.0.0.1', port: 0 }, pages, (e) => expect.unreachable(e.message), 50);
  let read = 0;
  const closed = new Promise<Socket>((resolve) => {
    const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
    socket.on('data', (octets) => (read += octets.length)).on('close', () => resolve(socket)).pause();
    socket.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
    setTimeout(() => socket.resume(), 150);
  });
  await closed;
  expect(read).toBeLessThan(large.length);
  server.close();
});
