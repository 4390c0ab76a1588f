/** A StarOS LMA as our anchor's configuration. */
import type { LmaDraft, LmaService } from './staros.ts';
import type { Remark, Tree } from './write.ts';

/** A gateway that is imported beside it. */
export interface Gateway {
  readonly id: string;
  readonly addresses: readonly string[];
  readonly key?: string;
}

export function lmaFile(d: LmaDraft, gateways: readonly Gateway[]): { readonly tree: Tree; readonly remarks: Remark[] } {
  const remarks: Remark[] = [];
  const keyed = gateways.every((g) => g.key !== undefined);
  if (gateways.length === 0) remarks.push({ about: 'mobile-access-gateways', message: 'no MAG was imported beside it, so no gateway is known yet: import its file together with this one, or add a row for each' });
  else if (!keyed) remarks.push({ about: 'authentication', message: 'IOS and StarOS sign nothing here, so gateways are known by their addresses alone: --keys gives each a key' });
  const transport = [...new Set(d.services.flatMap((s) => s.bind).flatMap((address) => d.interfaces.filter((i) => i.addresses.includes(address)).map((i) => i.name)))];
  if (transport.length === 0) transport.push(...d.ports);
  remarks.push({ about: 'transport', message: `the device on which tunnels arrive: ${transport.join(', ') || 'none was found'}; give it the name that it has on this machine` });
  for (const p of d.pools4) if (p.gateway === undefined) remarks.push({ about: 'ip-pools', message: `${p.name} has no subscriber-gw-address: its last address was assumed` });

  const tree: Tree = {
    'lma-services': d.services.map((s) => service(d, s)),
    'ip-pools': d.pools4.map((p) => ({ name: p.name, network: p.network, 'subscriber-gw-address': p.gateway ?? lastOf(p.network), ...(p.static ? { 'allow-static-allocation': true } : {}) })),
    'ipv6-pools': d.pools6.map((p) => ({ name: p.name, prefix: p.prefix, ...(p.static ? { 'allow-static-allocation': true } : {}) })),
    apns: d.apns.map((a) => ({
      name: a.name,
      ...(a.selectionMode === undefined ? {} : { 'selection-mode': a.selectionMode }),
      ...(a.ipPool === undefined ? {} : { 'ip-pool': a.ipPool }),
      ...(a.ipv6Pool === undefined ? {} : { 'ipv6-pool': a.ipv6Pool }),
      ...(a.dns.length > 0 ? { dns: a.dns } : {}),
      ...(a.accountingMode === undefined ? {} : { 'accounting-mode': a.accountingMode }),
    })),
    ...(gateways.length > 0 ? { 'mobile-access-gateways': gateways.map((g) => ({ id: g.id, ...(g.key === undefined ? { addresses: [...g.addresses] } : { key: g.key }) })) } : {}),
    ...(gateways.length > 0 && !keyed ? { authentication: 'optional' } : {}),
    transport,
  };
  return { tree, remarks };
}

function service(d: LmaDraft, s: LmaService): Tree {
  const pgw = d.pgws.find((p) => p.associated === s.name);
  return {
    name: s.name,
    'bind-address': s.bind,
    ...(pgw ? { 'pgw-service': { name: pgw.name, ...(pgw.plmn ? { 'plmn-id': { ...pgw.plmn } } : {}) } } : {}),
    ...(s.aaaAccounting === undefined ? {} : { 'aaa-accounting': s.aaaAccounting }),
    ...(s.regLifetime === undefined ? {} : { 'reg-lifetime': s.regLifetime }),
    ...(s.tolerance === undefined ? {} : { 'timestamp-replay-protection-tolerance': s.tolerance }),
    revocation: s.revocation,
    ...(s.briRetries === undefined ? {} : { 'bri-retries': s.briRetries }),
    ...(pgw?.deleteDelay === undefined ? {} : { 'session-delete-delay-timeout': pgw.deleteDelay }),
  };
}

/** The last host of a network: `192.0.2.254`. */
function lastOf(network: string): string {
  const [address = '', length] = network.split('/');
  const n = address.split('.').reduce((sum, o) => sum * 256 + Number(o), 0);
  const size = 2 ** (32 - Number(length));
  const last = Math.floor(n / size) * size + size - 2;
  return [24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256).join('.');
}
