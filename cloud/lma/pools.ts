/** Home addresses and home network prefixes (RFC 5844 §3.1.2.2, RFC 5213 §5.3.2): each belongs to one mobility session. */
import { formatUpperHalf, ipv4FromNumber, ipv4ToNumber, maskIpv4, upperHalf, type Ipv4, type Ipv6, type Prefix } from '../../protocol/address.ts';
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
  /** The pool's upper 64 bits, in two halves; past its length they are 0. */
  private readonly high: number;
  private readonly low: number;
  private readonly numbers: NumberPool;

  constructor(config: Ipv6PoolConfig) {
    const size = 2 ** (HNP_LENGTH - config.prefix.length);
    this.config = config;
    [this.high, this.low] = upperHalf(config.prefix.address);
    // The first prefix stays with the anchor: its own addresses are usually numbered out of it.
    this.numbers = new NumberPool({ size, order: 'fresh', reserved: new Set([0]) });
  }

  allocate(at: Millis): Prefix | undefined {
    const n = this.numbers.take(at);
    return n === undefined ? undefined : { address: this.addressOf(n), length: HNP_LENGTH };
  }

  claim(prefix: Prefix, at: Millis): boolean {
    const n = this.numberOf(prefix);
    return n !== undefined && this.numbers.claim(n, at);
  }

  owns(prefix: Prefix): boolean {
    return this.numberOf(prefix) !== undefined;
  }

  free(prefix: Prefix, at: Millis): void {
    const n = this.numberOf(prefix);
    if (n !== undefined) this.numbers.free(n, at);
  }

  get used(): number {
    return this.numbers.used;
  }

  /** Undefined: not one of its prefixes. */
  private numberOf({ address, length }: Prefix): number | undefined {
    if (length !== HNP_LENGTH) return undefined;
    const [high, low] = upperHalf(address);
    const n = (high - this.high) * WORD + low - this.low;
    return n >= 0 && n < 2 ** (HNP_LENGTH - this.config.prefix.length) && this.addressOf(n) === address ? n : undefined;
  }

  private addressOf(n: number): Ipv6 {
    return formatUpperHalf(this.high + Math.floor(n / WORD), this.low + (n % WORD));
  }
}

/** A half of the upper 64 bits. */
const WORD = 2 ** 32;
