/** Home addresses and home network prefixes (RFC 5844 §3.1.2.2, RFC 5213 §5.3.2): each belongs to one mobility session. */
import { formatIpv6, ipv4FromNumber, ipv4ToNumber, maskIpv4, parseIpv6, type Ipv4, type Prefix } from '../../protocol/address.ts';
import type { Millis } from '../../protocol/units.ts';
import type { Ipv4PoolConfig, Ipv6PoolConfig } from './config.ts';
import { NumberPool } from './numberPool.ts';

export interface HomeAddress {
  readonly address: Ipv4;
  readonly prefixLength: number;
  readonly router: Ipv4;
}

export class Ipv4Pool {
  readonly config: Ipv4PoolConfig;
  private readonly first: number;
  private readonly numbers: NumberPool;

  constructor(config: Ipv4PoolConfig) {
    const size = 2 ** (32 - config.prefixLength);
    this.config = config;
    this.first = ipv4ToNumber(maskIpv4(config.network, config.prefixLength));
    // Network, broadcast and router are never handed out (protocol.md 8.6).
    this.numbers = new NumberPool({ size, order: 'fresh', reserved: new Set([0, size - 1, ipv4ToNumber(config.router) - this.first]) });
  }

  allocate(at: Millis): HomeAddress | undefined {
    const n = this.numbers.take(at);
    return n === undefined ? undefined : this.describe(ipv4FromNumber(this.first + n));
  }

  /** Undefined: not of this pool, reserved, or not free. */
  claim(address: Ipv4, at: Millis): HomeAddress | undefined {
    return this.numbers.claim(ipv4ToNumber(address) - this.first, at) ? this.describe(address) : undefined;
  }

  owns(address: Ipv4): boolean {
    return maskIpv4(address, this.config.prefixLength) === ipv4FromNumber(this.first);
  }

  free(address: Ipv4, at: Millis): void {
    this.numbers.free(ipv4ToNumber(address) - this.first, at);
  }

  quarantine(address: Ipv4, until: Millis): void {
    this.numbers.quarantine(ipv4ToNumber(address) - this.first, until);
  }

  get used(): number {
    return this.numbers.used;
  }

  private describe(address: Ipv4): HomeAddress {
    return { address, prefixLength: this.config.prefixLength, router: this.config.router };
  }
}

/** Per-MN-Prefix model: every home network prefix is a /64. */
const HNP_LENGTH = 64;

export class Ipv6Pool {
  readonly config: Ipv6PoolConfig;
  /** The pool's upper 64 bits. */
  private readonly first: bigint;
  private readonly numbers: NumberPool;

  constructor(config: Ipv6PoolConfig) {
    const size = 2 ** (HNP_LENGTH - config.prefix.length);
    this.config = config;
    this.first = upperHalf(config.prefix.address);
    // The first prefix stays with the anchor: its own addresses are usually numbered out of it.
    this.numbers = new NumberPool({ size, order: 'fresh', reserved: new Set([0]) });
  }

  allocate(at: Millis): Prefix | undefined {
    const n = this.numbers.take(at);
    return n === undefined ? undefined : { address: fromUpperHalf(this.first + BigInt(n)), length: HNP_LENGTH };
  }

  claim(prefix: Prefix, at: Millis): boolean {
    return this.owns(prefix) && this.numbers.claim(this.numberOf(prefix), at);
  }

  owns(prefix: Prefix): boolean {
    if (prefix.length !== HNP_LENGTH) return false;
    const n = this.numberOf(prefix);
    return n >= 0 && n < 2 ** (HNP_LENGTH - this.config.prefix.length) && fromUpperHalf(this.first + BigInt(n)) === prefix.address;
  }

  free(prefix: Prefix, at: Millis): void {
    this.numbers.free(this.numberOf(prefix), at);
  }

  get used(): number {
    return this.numbers.used;
  }

  private numberOf(prefix: Prefix): number {
    return Number(upperHalf(prefix.address) - this.first);
  }
}

function upperHalf(address: string): bigint {
  return parseIpv6(address).subarray(0, 8).reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
}

function fromUpperHalf(half: bigint): string {
  const octets = new Uint8Array(16);
  for (let i = 7, rest = half; i >= 0; i--, rest >>= 8n) octets[i] = Number(rest & 0xffn);
  return formatIpv6(octets);
}
