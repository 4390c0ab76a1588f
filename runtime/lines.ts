/** Lines of a stream: whole ones, however the chunks fall. */
import type { Socket } from 'node:net';

/** A line of more than `longest` characters ends the connection: the other side is broken, or means harm. */
export function lines(socket: Socket, longest: number, onLine: (line: string) => void): void {
  let parts: string[] = [];
  let length = 0;
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const [first = '', ...rest] = chunk.split('\n');
    add(first);
    for (const part of rest) {
      if (length > longest || socket.destroyed) break;
      const line = parts.join('');
      [parts, length] = [[], 0];
      onLine(line);
      add(part);
    }
    if (length > longest) socket.destroy();
  });

  function add(part: string): void {
    if (part === '') return;
    parts.push(part);
    length += part.length;
  }
}
