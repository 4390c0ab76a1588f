/** A log whose reader has stopped, as that of a pipe or a FIFO may. */
import { expect, it } from 'vitest';
import { unread } from '../../runtime/log.ts';

it('what is not read is lost and counted, and the process does not grow', () => {
  const stream = { writableLength: 0, written: [] as string[], write(text: string) { this.written.push(text); this.writableLength += text.length; } };
  const write = unread(stream);
  const line = `${'x'.repeat(1023)}\n`;
  for (let i = 0; i < 10_000; i++) write(line);
  expect(stream.writableLength).toBe(4 << 20);
  stream.writableLength = 0;
  stream.written = [];
  write(line);
  expect(stream.written).toEqual([`${10_000 - 4096} lines of the log are lost: whoever reads it was too slow\n`, line]);
});
