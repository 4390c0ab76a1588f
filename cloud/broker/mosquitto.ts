/**
 * The cloud's side of a Mosquitto that runs by itself. Who is revoked loses its session by the plugin at once (disableClient) and
 * may do nothing from then on (its role); the list of revoked certificates keeps it from connecting when Mosquitto has read it.
 */
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { CLAIM } from '../pki/authority.ts';
import type { Authority } from '../pki/ports.ts';
import { refreshMosquitto, REVOKED_ROLE } from './mosquittoConfig.ts';
import type { BrokerAdmission } from './ports.ts';
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { Bus } from '../fleet/ports.ts';

export interface MosquittoAdmissionOptions {
  readonly bus: Bus;
  /** That `writeMosquittoConfig` wrote, or a copy that is kept equal. */
  readonly folder: string;
  readonly authority: Authority;
  /** Makes Mosquitto read its certificates again; where somebody else does that (docs/OPERATIONS.md), nothing. */
  readonly reload?: () => Promise<void>;
  /** Milliseconds that Mosquitto takes at most to answer. */
  readonly patience?: number;
  readonly onError: (error: Error) => void;
}

export interface MosquittoAdmission extends BrokerAdmission {
  /** Certificates that are due, the list of revoked ones, and who was revoked while Mosquitto was away. Call it at the start, when Mosquitto is back, and about once an hour. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const COMMANDS = '$CONTROL/dynamic-security/v1';
const ANSWERS = `${COMMANDS}/response`;
const PATIENCE = 10_000;
/** What says that it was so already. */
const ALREADY: ReadonlySet<string> = new Set(['Role already exists', 'Client already exists', 'Client not found']);

type Command = Readonly<Record<string, unknown>> & { readonly command: string };
const answers = v.object({ responses: v.array(v.object({ command: v.string(), error: v.optional(v.string()), correlationData: v.optional(v.string()) })) });

export async function openMosquittoAdmission({ bus, folder, authority, reload, patience = PATIENCE, onError }: MosquittoAdmissionOptions): Promise<MosquittoAdmission> {
  const open = new Map<string, (error?: string) => void>();
  const subscription = await bus.subscribe(ANSWERS, (_, payload) => {
    const parsed = v.safeParse(answers, payload);
    if (!parsed.success) return;
    for (const { correlationData, error } of parsed.output.responses) open.get(correlationData ?? '')?.(error);
  });

  /** @throws Error in words */
  async function order(command: Command): Promise<void> {
    const correlationData = randomUUID();
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<string | undefined>((resolve, reject) => {
      open.set(correlationData, resolve);
      timer = setTimeout(() => reject(new Error('its dynamic security plugin does not answer; look whether mosquitto.conf names it, and the ACL file lets the cloud use $CONTROL')), patience);
    });
    try {
      await Promise.race([bus.publish(COMMANDS, { commands: [{ ...command, correlationData }] }), answered]);
      const error = await answered;
      if (error !== undefined && !ALREADY.has(error)) throw new Error(`${command.command}: ${error}`);
    } catch (e) {
      throw new Error(`Mosquitto: ${(e as Error).message}`, { cause: e });
    } finally {
      clearTimeout(timer);
      open.delete(correlationData);
    }
  }

  /** Who may do nothing at Mosquitto and was not said to it yet: revoked while it was away; and the claim credential, whose name would have topics like a gateway's. */
  const owed = new Set<GatewayId>([CLAIM]);
  async function shutOut(gateway: GatewayId): Promise<void> {
    owed.add(gateway);
    await order({ command: 'createRole', ...REVOKED_ROLE });
    await order({ command: 'createClient', username: gateway, roles: [{ rolename: REVOKED_ROLE.rolename }] });
    await order({ command: 'disableClient', username: gateway });
    owed.delete(gateway);
  }

  let turn: Promise<void> = Promise.resolve();
  function refresh(): Promise<void> {
    const done = turn.then(async () => {
      if (await refreshMosquitto({ folder, authority })) await reload?.();
    });
    turn = done.catch(() => undefined);
    return done;
  }
  authority.onRevocation(() => void refresh().catch(onError));

  return {
    async revoke(gateway, serial) {
      // What lasts comes first: it counts even where Mosquitto cannot be reached now.
      await authority.revoke([...new Set([...authority.valid(gateway), serial])]);
      await refresh();
      await shutOut(gateway);
    },
    readmit(gateway) {
      owed.delete(gateway);
      return order({ command: 'deleteClient', username: gateway });
    },
    async refresh() {
      await refresh();
      for (const gateway of owed) await shutOut(gateway);
    },
    async close() {
      await subscription.close();
      await turn;
    },
  };
}
