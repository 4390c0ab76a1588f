/** Who may what: MAGs for nodes, nodes for services and address families. Every question is a few map look-ups. */
import { maskIpv4, maskIpv6 } from '../../protocol/address.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import { NAI } from '../../protocol/mobility/suboptions.ts';
import { settingsOptions } from '../../protocol/vendor.ts';
import type { ApnConfig, LmaConfig, MagConfig, NodeConfig } from './config.ts';
import type { MnIdentifier } from './request.ts';

export interface Policy {
  /** The row of the MAG that may speak so; or why it may not. `peer` is its authenticated identity. */
  mag(peer: string | undefined, address: string): MagConfig | string;
  /** From now on it may speak, as this row says. */
  admit(mag: MagConfig): void;
  /** From now on it is `DISMISSED`. */
  dismiss(id: string): void;
  /** May this MAG act for this node? */
  serves(mag: MagConfig, node: MnIdentifier): boolean;
  node(id: MnIdentifier): NodeConfig | undefined;
  apn(name: string): ApnConfig | undefined;
  /** What a PBA tells the phones of this service. */
  settings(apn: ApnConfig): readonly MobilityOption[];
  /** Some subscriber's rate is limited. */
  readonly limits: boolean;
  /** The service of a request that names none. */
  defaultApn(node: NodeConfig | undefined): ApnConfig | undefined;
  /** May this node use this service (RFC 5149 §4.2)? */
  subscribes(node: NodeConfig, apn: ApnConfig): boolean;
}

/** Why a gateway may not speak that could before. */
export const DISMISSED = 'dismissed-mag';

export function createPolicy(config: LmaConfig): Policy {
  const mags = new Map(config.mags.map((m) => [m.id, m]));
  const addresses = new Map(config.mags.map((m) => [m.id, new AddressTable((m.addresses ?? []).map((a) => [a, m]))]));
  const allAddresses = new AddressTable(config.mags.filter((m) => !m.keyed).flatMap((m) => (m.addresses ?? []).map((a): [string, MagConfig] => [a, m])));
  const served = new Map(config.mags.map((m) => [m.id, m.nodes && new Set(m.nodes.map(lower))]));
  const nodes = new Map(config.nodes.map((n) => [lower(n.match), n]));
  const settings = new Map(config.apns.map((a) => [a, settingsOptions(a.settings ?? {})]));
  const apns = new Map(config.apns.map((a) => [lower(a.name), a]));

  const dismissed = new Set<string>();
  const mag = (peer: string | undefined, address: string): MagConfig | string => {
    if (peer === undefined) {
      if (config.authentication === 'required') return 'unauthenticated';
      return allAddresses.find(address) ?? 'unknown-mag-address';
    }
    const row = mags.get(peer);
    if (!row) return dismissed.has(peer) ? DISMISSED : 'unknown-mag';
    return row.addresses && !addresses.get(peer)?.find(address) ? 'mag-address-not-allowed' : row;
  };

  return {
    mag,
    admit(row) {
      dismissed.delete(row.id);
      mags.set(row.id, row);
    },
    dismiss(id) {
      if (mags.delete(id)) dismissed.add(id);
    },
    serves: (row, node) => {
      const set = served.get(row.id);
      return !set || matchesOf(node).some((m) => set.has(m));
    },
    node: (id) => first(matchesOf(id), nodes),
    apn: (name) => apns.get(lower(name)),
    settings: (apn) => settings.get(apn) ?? [],
    limits: [...config.nodes, ...config.apns].some((row) => row.rates !== undefined),
    defaultApn: (node) => (node?.services?.[0] === undefined ? config.apns[0] : apns.get(lower(node.services[0]))),
    subscribes: (node, apn) => apn.selectionMode === 'sent-by-ms' || (node.services ?? []).some((s) => lower(s) === lower(apn.name)),
  };
}

/** Realms and service names are compared without case, as domain names are. */
const lower = (text: string): string => text.toLowerCase();

/** What may stand for a node in a row, the narrowest first. */
function matchesOf(id: MnIdentifier): readonly string[] {
  const name = lower(id.identifier);
  const at = id.subtype === NAI ? name.lastIndexOf('@') : -1;
  return at >= 0 ? [name, name.slice(at), '*'] : [name, '*'];
}

function first<T>(keys: readonly string[], map: ReadonlyMap<string, T>): T | undefined {
  for (const key of keys) {
    const value = map.get(key);
    if (value) return value;
  }
  return undefined;
}

/** Addresses and prefixes of both families; one map look-up per prefix length in use. */
class AddressTable<T> {
  private readonly byLength = new Map<string, Map<string, T>>();

  constructor(rows: readonly (readonly [cidr: string, value: T])[]) {
    for (const [cidr, value] of rows) {
      const [address = '', length = address.includes(':') ? '128' : '32'] = cidr.split('/');
      const family = address.includes(':') ? '6' : '4';
      const table = this.byLength.get(`${family}/${length}`) ?? new Map<string, T>();
      table.set(masked(address, Number(length)), value);
      this.byLength.set(`${family}/${length}`, table);
    }
  }

  find(address: string): T | undefined {
    const family = address.includes(':') ? '6' : '4';
    for (const [key, table] of this.byLength) {
      if (!key.startsWith(family)) continue;
      const value = table.get(masked(address, Number(key.slice(2))));
      if (value) return value;
    }
    return undefined;
  }
}

const masked = (address: string, length: number): string => (address.includes(':') ? maskIpv6(address, length) : maskIpv4(address, length));
