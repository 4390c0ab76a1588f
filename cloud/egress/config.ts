/** How subscribers' packets leave for the internet, in the configuration: `nat44` of a pool, `upstream` of a service, `egress` of the process. */
import * as v from 'valibot';
import { field } from '../../runtime/config.ts';
import { planNat44, type Nat44 } from './portBlocks.ts';

const network4 = v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/, 'expected a network such as 203.0.113.0/28'));
const FIRST_PORT = 1024;

/** Of an IPv4 pool; without it the pool is routed as it is. */
export const nat44 = v.optional(
  v.strictObject({
    /** Addresses that the internet sees; they are routed to this machine, or its own. */
    outside: network4,
    'ports-per-subscriber': v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))),
    /** Ports below are the machine's. */
    'first-port': v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)), FIRST_PORT),
  }),
);

/** Of a service whose address space is not 0: its own way out. What arrives there is of its address space. */
export const upstream = v.optional(v.strictObject({ device: field.name, gateways: v.optional(v.pipe(v.array(field.ip), v.maxLength(2, 'expected at most one gateway of each family')), []) }));

/** What no subscriber sends to and nobody outside comes from. */
export const BOGONS = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4', '::/96', '::ffff:0:0/96', '100::/64', 'fe80::/10', 'fec0::/10', 'ff00::/8'];
/** Networks of the operator: private ones, and the shared space of RFC 6598. */
export const MANAGEMENT = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];

const networks = (otherwise: readonly string[]) => v.optional(v.array(field.text), [...otherwise]);

export const egress = v.optional(
  v.strictObject({
    /** Off: the operator filters elsewhere. */
    filter: v.optional(v.boolean(), true),
    bogons: networks(BOGONS),
    /** Subscribers reach none of these; other subscribers of their own pools are no part of them. */
    management: networks(MANAGEMENT),
  }),
  {},
);

type Nat44File = NonNullable<v.InferOutput<typeof nat44>>;

/** How the ports of a pool are cut; or in words why they do not suffice. */
export const planOf = (pool: string, { outside, 'first-port': firstPort, 'ports-per-subscriber': portsPerSubscriber }: Nat44File): Nat44 | string => planNat44({ pool, outside, firstPort, portsPerSubscriber });
