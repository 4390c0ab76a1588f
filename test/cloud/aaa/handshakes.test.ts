/** Strangers who connect and say nothing. */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { limitHandshakes } from '../../../cloud/aaa/handshakes.ts';

class Caller extends EventEmitter {
  open = true;
  readonly remoteAddress: string;
  readonly remotePort: number;

  constructor(remoteAddress: string, remotePort: number) {
    super();
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }

  destroy(): this {
    this.open = false;
    this.emit('close');
    return this;
  }
}

function door() {
  let refused = 0;
  const handshakes = limitHandshakes(() => (refused += 1));
  return {
    handshakes,
    refused: () => refused,
    call: (address: string, port: number): Caller => {
      const caller = new Caller(address, port);
      handshakes.begin(caller);
      return caller;
    },
  };
}

describe('connections without a certificate yet', () => {
  it.each([
    ['an address', () => '192.0.2.1'],
    ['an IPv6 network', (i: number) => `2001:db8::${(i + 1).toString(16)}`],
    ['an address that came by an IPv6 socket', () => '::ffff:192.0.2.1'],
  ])('are at most 64 of %s, and others get in', (_, address) => {
    const { call, refused } = door();
    const callers = Array.from({ length: 10_000 }, (__, i) => call(address(i), i));
    expect(callers.filter((c) => c.open)).toHaveLength(64);
    expect(refused()).toBe(9936);
    for (const other of ['192.0.2.2', '::ffff:192.0.2.2', '2001:db8:0:1::1']) expect(call(other, 1).open).toBe(true);
  });

  it('make room when they close, and when they have shown one', () => {
    const { call, handshakes } = door();
    const [first, second] = Array.from({ length: 64 }, (_, i) => call('192.0.2.1', i)) as [Caller, Caller];
    first.destroy();
    expect(call('192.0.2.1', 100).open).toBe(true);
    handshakes.end(second);
    expect(call('192.0.2.1', 101).open).toBe(true);
    second.destroy();
    expect(call('192.0.2.1', 102).open).toBe(false);
  });

  it('are few in all, wherever they come from', () => {
    const { call } = door();
    const callers = Array.from({ length: 5000 }, (_, i) => call(`10.0.${i >> 8}.${i & 255}`, i));
    expect(callers.filter((c) => c.open)).toHaveLength(4096);
  });
});
