/**
 * FreeRADIUS's configuration from data: nothing of the distribution's /etc/freeradius is read. Pure.
 *
 * Two kinds of Access-Request come in. hostapd relays EAP (it has EAP-Message), and an account's password or vectors decide. A MAG
 * asks for a subscriber's profile without any credential: then the row of the Calling-Station-Id answers, else the account that
 * User-Name names, and what neither knows is rejected.
 */
import type { Ipv4 } from '../../protocol/address.ts';
import type { Mac } from '../../protocol/mac.ts';
import type { Certificates } from './certificates.ts';
import { INNER, site } from './raddbSites.ts';

/** Attributes as FreeRADIUS's `users` file writes them, such as `Cisco-AVPair = "mn-nai=mn0@example.com"`. */
export type AttributeLines = readonly string[];

export interface Account {
  readonly name: string;
  /** None: no EAP method with a password succeeds. */
  readonly password?: string;
  /** In the Access-Accept to a MAG that asks for the profile. */
  readonly reply?: AttributeLines;
  /** In the Access-Accept that ends the EAP exchange, for hostapd; triplets of EAP-SIM belong here too. */
  readonly eapReply?: AttributeLines;
}

/** What a MAG gets that asks with this Calling-Station-Id. */
export interface Station {
  readonly mac: Mac;
  readonly reply?: AttributeLines;
  readonly reject?: true;
}

export interface RadiusClientEntry {
  /** An address or a prefix. */
  readonly address: string;
  readonly secret: string;
  readonly requireMessageAuthenticator?: boolean;
}

export type EapMethod = 'md5' | 'mschapv2' | 'peap' | 'ttls' | 'tls' | 'sim';

/** Another server that answers for identities that the pattern matches, as the operator of the SIM cards does. */
export interface Proxy {
  /** A regular expression for the whole User-Name. */
  readonly users: string;
  readonly address: Ipv4;
  readonly port: number;
  readonly secret: string;
}

/** What may change while a server runs (`RadiusServer.change`). */
export interface Subscribers {
  readonly accounts?: readonly Account[];
  readonly stations?: readonly Station[];
  /** Path of a `users` file as it stands, instead of `stations`. */
  readonly users?: string;
}

export interface RaddbOptions extends Subscribers {
  /** IPv4 or IPv6; both ports are listened to on each. */
  readonly addresses: readonly string[];
  readonly authPort: number;
  readonly acctPort: number;
  readonly clients: readonly RadiusClientEntry[];
  /** Paths of configuration files as they stand, such as a `clients.conf`. */
  readonly include?: readonly string[];
  readonly eap?: { readonly methods: readonly EapMethod[]; readonly certificates: Certificates };
  readonly proxy?: Proxy;
  /** In every reply, as RFC 3579 §3.2 has it; true by default. FreeRADIUS alone sends it with EAP only. */
  readonly messageAuthenticator?: boolean;
  /** Seconds that an Access-Reject is held back; 0 by default. */
  readonly rejectDelay?: number;
}

/** Reply lines: a repeated attribute is added, where a plain `=` would keep the first only. */
const replies = (lines: AttributeLines): string => lines.map((line) => line.replace(/\s*=\s*/, ' += ')).join(',\n\t');

const entry = (name: string, check: string, lines: AttributeLines): string => `"${name}" ${check}\n${lines.length > 0 ? `\t${replies(lines)}\n` : ''}`;

/** FreeRADIUS compares what the module expands its key to: `00-24-d7-8e-21-a4`. */
const stationKey = (mac: Mac): string => mac.replaceAll(':', '-');

function subscriberFiles({ accounts = [], stations = [] }: Subscribers): Record<string, string> {
  return {
    'credentials': accounts.map((a) => entry(a.name, a.password === undefined ? '' : `Cleartext-Password := "${a.password}"`, a.eapReply ?? [])).join(''),
    'profiles': accounts.map((a) => entry(a.name, 'Auth-Type := Accept', a.reply ?? [])).join(''),
    'stations': stations.map((s) => entry(stationKey(s.mac), `Auth-Type := ${s.reject ? 'Reject' : 'Accept'}`, s.reply ?? [])).join(''),
  };
}

const client = (c: RadiusClientEntry, i: number): string => `client c${i} {
  ${c.address.includes(':') ? 'ipv6addr' : 'ipv4addr'} = ${c.address}
  secret = "${c.secret}"
  require_message_authenticator = ${c.requireMessageAuthenticator === true ? 'yes' : 'no'}
}
`;

function eapModule({ methods, certificates }: NonNullable<RaddbOptions['eap']>): string {
  const tunnelled = (type: string) => `  ${type} {
    tls = tls-common
    default_eap_type = ${type === 'peap' ? 'mschapv2' : 'md5'}
    copy_request_to_tunnel = yes
    use_tunneled_reply = no
    virtual_server = inner
  }
`;
  const sections: Record<EapMethod, string> = {
    md5: '  md5 {\n  }\n',
    mschapv2: '  mschapv2 {\n  }\n',
    peap: tunnelled('peap'),
    ttls: tunnelled('ttls'),
    tls: '  tls {\n    tls = tls-common\n  }\n',
    sim: '  sim {\n  }\n',
  };
  return `eap {
  default_eap_type = ${methods[0] ?? 'md5'}
  timer_expire = 60
  max_sessions = 4096
  tls-config tls-common {
    private_key_file = ${certificates.server.key}
    certificate_file = ${certificates.server.certificate}
    ca_file = ${certificates.authority}
    cipher_list = "DEFAULT"
    tls_min_version = "1.2"
    tls_max_version = "1.2"
    check_cert_cn = %{User-Name}
    cache {
      enable = no
    }
  }
${methods.map((m) => sections[m]).join('')}}
`;
}

const filesModule = (name: string, folder: string, key: string, filename = `${folder}/${name}`): string => `files ${name} {
  filename = ${filename}
  key = "${key}"
}
`;

const detailModule = (name: string, folder: string): string => `detail ${name} {
  filename = ${folder}/${name}
  permissions = 0600
}
`;

const proxying = (proxy: Proxy): string => `home_server operator {
  type = auth
  ipaddr = ${proxy.address}
  port = ${proxy.port}
  secret = "${proxy.secret}"
  response_window = 5
  status_check = none
}
home_server_pool operators {
  home_server = operator
}
realm operator {
  auth_pool = operators
  nostrip
}
`;

/** @param folder where the files will lie and the server writes its logs @returns contents by file name */
export function raddb(folder: string, o: RaddbOptions): Record<string, string> {
  const tunnelled = o.eap?.methods.some((m) => m === 'peap' || m === 'ttls') ?? false;
  const main = `prefix = /usr
libdir = /usr/lib/freeradius
logdir = ${folder}
run_dir = ${folder}
db_dir = ${folder}
max_request_time = 30
cleanup_delay = 2
max_requests = 16384
hostname_lookups = no
security {
  max_attributes = 200
  reject_delay = ${o.rejectDelay ?? 0}
  status_server = yes
}
log {
  auth = yes
}
thread pool {
  start_servers = 2
  max_servers = 4
  min_spare_servers = 1
  max_spare_servers = 4
}
proxy_requests = ${o.proxy ? 'yes' : 'no'}
${o.clients.map(client).join('')}${(o.include ?? []).map((file) => `$INCLUDE ${file}\n`).join('')}${o.proxy ? proxying(o.proxy) : ''}modules {
  pap {
  }
  mschap {
    use_mppe = yes
  }
  always reject {
    rcode = reject
  }
  ${filesModule('credentials', folder, '%{User-Name}')}
  ${filesModule('profiles', folder, '%{User-Name}')}
  ${filesModule('stations', folder, '%{tolower:%{Calling-Station-Id}}', o.users)}
  ${detailModule('requests', folder)}
  ${detailModule('accounting', folder)}
  expr {
  }
  ${o.eap ? eapModule(o.eap) : ''}
}
${site(o)}${tunnelled ? INNER : ''}`;
  return { 'radiusd.conf': main, ...subscriberFiles(o) };
}
