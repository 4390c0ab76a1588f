/** Which option of /etc/config/roamstead is which key of the agent's configuration: the only place that knows. */

export type Path = readonly (string | number)[];

/** `flag`: 1 or 0. `list`: `list` lines, or an option with spaces. `names`: likewise, and one alone is no list. A record: what is written differently there. */
export type Kind = 'text' | 'number' | 'flag' | 'list' | 'names' | Readonly<Record<string, string>>;

export interface Row {
  /** Below the place of its section. */
  readonly path: Path;
  readonly kind: Kind;
  /** Never shown. */
  readonly secret?: true;
}

export interface SectionRows {
  /** The section's own place; `many`: each section is one more item there; `named`: the one with its name. */
  readonly path: Path;
  readonly many?: 'list' | 'named';
  /** What its name says, unless the option says it. */
  readonly nameIs?: string;
  readonly options: Readonly<Record<string, Row>>;
  /** Taken by resolve.ts, which knows the router's networks and radios. */
  readonly resolved?: readonly string[];
}

type Rows = Readonly<Record<string, Row>>;
const row = (kind: Kind) => (...path: string[]): Row => ({ path, kind });
const text = row('text');
const number = row('number');
const flag = row('flag');
const list = row('list');
const names = row('names');
const hidden = (...path: string[]): Row => ({ path, kind: 'text', secret: true });

/** As key in the file, with - for _. */
const same = (kind: (...path: string[]) => Row, ...names: readonly string[]): Rows => Object.fromEntries(names.map((name) => [name, kind(name.replaceAll('_', '-'))]));

const rates = same(text, 'per_mn_agg_max_dl_rate', 'per_mn_agg_max_ul_rate');
const profile: Rows = { ...same(text, 'apn', 'service'), ...same(names, 'lma'), ...same(list, 'dns'), ...rates };
const sharedSecret: Rows = { key: hidden('key'), key_file: text('key-file') };

const AGENT: Rows = {
  ...same(text, 'domain', 'mag', 'identity', 'replay_protection', 'clock', 'datapath', 'identities', 'scheduling', 'control_socket', 'ubus_socket', 'state_directory', 'owner_directory'),
  ...same(number, 'uplink_mtu', 'max_bindings', 'signalling_port'),
  ...same(flag, 'mn_profile_load_aaa', 'assume_dhcp_server', 'no_roaming', 'lma_redirect', 'bulk_binding_update'),
  ipv4_address: text('address', 'ipv4'),
  ipv6_address: text('address', 'ipv6'),
  lifetime: number('timers', 'binding-lifetime'),
  binding_refresh_time: number('timers', 'binding-refresh-time'),
  init_retx: number('timers', 'initial-retransmit-time'),
  max_retx: number('timers', 'max-retransmit-time'),
  bri_init_delay: number('timers', 'bri-delay-min'),
  bri_max_delay: number('timers', 'bri-delay-max'),
  bri_retries: number('timers', 'bri-retries'),
  discover_detach_interval: number('discover-mn-detach', 'interval'),
  discover_detach_timeout: number('discover-mn-detach', 'timeout'),
  discover_detach_retries: number('discover-mn-detach', 'retries'),
  discover_detach_delay: number('discover-mn-detach', 'delay'),
  heartbeat: flag('heartbeat', 'enabled'),
  heartbeat_interval: number('heartbeat', 'interval'),
  heartbeat_timeout: number('heartbeat', 'timeout'),
  heartbeat_missing_allowed: number('heartbeat', 'missing-allowed'),
};

const PROFILE_SOURCES: Kind = { radius_default: 'radius-or-default', 'radius+default': 'radius-or-default' };

/** By type of section. */
export const SECTIONS: Readonly<Record<string, SectionRows>> = {
  agent: { path: [], options: AGENT, resolved: ['enabled', 'uplink', 'replay_window'] },
  lma: { path: ['local-mobility-anchors'], many: 'list', nameIs: 'id', options: { ...same(text, 'id', 'ipv6_address', 'ipv4_address', 'force_udp'), key: hidden('key') } },
  interface: {
    path: ['interfaces'],
    many: 'list',
    nameIs: 'name',
    options: { ...same(text, 'name', 'default_profile', 'scripted_stations'), ...same(number, 'address_space'), ...same(flag, 'first_packet', 'station_to_station', 'gateway_dns'), hostapd: list('hostapd'), profile_source: row(PROFILE_SOURCES)('mn-profile') },
    resolved: ['device', 'network', 'wifi_iface', 'bss'],
  },
  profile: { path: ['profiles'], many: 'list', options: { ...profile, ...same(text, 'nai', 'l2_addr', 'interface', 'ipv4_address') } },
  default_profile: { path: ['default-profiles'], many: 'named', options: profile, resolved: ['name'] },
  host_first: { path: ['host-first'], options: { ...same(number, 'maximum_guests'), ...same(text, 'up_rate', 'down_rate') } },
  fleet: { path: ['fleet'], options: same(text, 'broker', 'authority', 'claim_credential', 'claim_broker', 'state_directory') },
  radius_server: { path: ['radius-servers'], many: 'list', options: { ...same(text, 'address'), ...same(number, 'auth_port', 'acct_port'), ...sharedSecret } },
  radius: {
    path: ['radius'],
    options: {
      ...same(number, 'retransmit', 'timeout', 'dead_time', 'ask_again', 'interim_interval'),
      ...same(text, 'nas_identifier', 'nas_ip_address', 'nas_ipv6_address', 'accounting'),
      password: hidden('password'),
      require_message_authenticator: flag('require-message-authenticator'),
      dns: list('dns'),
    },
  },
  radsec: { path: ['radsec'], options: { ...same(text, 'server', 'name', 'certificate', 'private_key', 'authority', 'listen_address'), ...same(number, 'port') } },
  dynamic_authorization: { path: ['dynamic-authorization'], options: { listen: names('listen'), port: number('port') } },
  dynamic_client: { path: ['dynamic-authorization', 'clients'], many: 'list', options: { ...same(text, 'address'), ...sharedSecret } },
  profile_cache: { path: ['profile-cache'], options: same(number, 'age', 'age_without_radius', 'reject_age', 'size') },
  mn_identifier: { path: ['mn-identifier'], options: { from: list('from'), sharing: text('sharing'), device_tag: list('device-tag') } },
  /** Of usr/lib/roamstead/guest-network.sh. */
  guest_network: { path: ['guest-network'], options: {}, resolved: ['create', 'ssid', 'encryption', 'key', 'radio'] },
  survey: { path: ['survey'], options: { ...same(text, 'interface', 'source'), ...same(number, 'interval', 'keep'), scan: flag('scan'), ssid: names('ssid') } },
};

/** Whatever else an object has by that name (`constructor`) is none. */
export const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined => (Object.hasOwn(record, name) ? record[name] : undefined);

/** What the seed says at a gateway and another end carries out; it may stand there. */
export const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  replay_window: 'the LMA checks how old a binding update may be (timestamp-replay-protection-tolerance there); at a gateway it changes nothing',
};

export const knownOptions = ({ options, resolved = [] }: SectionRows): readonly string[] => [...Object.keys(options), ...resolved];

/** Keys of the agent's configuration whose values are never shown. */
export const SECRET_KEYS: ReadonlySet<string> = new Set(Object.values(SECTIONS).flatMap((s) => Object.values(s.options).flatMap((r) => (r.secret ? [String(r.path.at(-1))] : []))));
