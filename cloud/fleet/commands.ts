/** Commands to gateways: sent once, never carried out late, their results kept. */
import { topics, type GatewayId } from '../../runtime/fleet/topics.ts';
import type { CommandRecord } from '../api/resources/homes.ts';
import { refuse } from '../api/route.ts';
import type { Audit } from './audit.ts';
import type { Gateways } from './gateways.ts';
import { heard } from './heard.ts';
import type { Commands, Registry } from './parts.ts';
import type { Bus, Change, FleetStore } from './ports.ts';
import type { StoredCommand } from './records.ts';
import { gatewayOf, lastOf } from './topicOf.ts';

export interface RunningCommands extends Commands {
  /** About once a second: what nobody answered in time has expired. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

export interface CommandsOptions {
  readonly bus: Bus;
  readonly store: FleetStore;
  readonly audit: Pick<Audit, 'record'>;
  readonly gateways: Pick<Gateways, 'get'>;
  readonly registry: Pick<Registry, 'details'>;
  readonly now: () => number;
  readonly newId: () => string;
  readonly onError: (error: Error) => void;
}

const COLLECTION = 'commands';
const KEPT = 2000;
/** A gateway works until a command expires, and its answer has a way to go. */
const WAY = 5000;
/** Octets of a result, as JSON. */
const LARGEST = 65_536;

export async function openCommands({ bus, store, audit, gateways, registry, now, newId, onError }: CommandsOptions): Promise<RunningCommands> {
  /** The oldest first. */
  const records = new Map<string, StoredCommand>();
  const waiting = new Set<string>();
  /** Those whose answer is being written: the same again, while the store hangs, waits nowhere. */
  const answered = new Set<string>();
  for (const record of (await store.list<StoredCommand>(COLLECTION)).toSorted((a, b) => a.at - b.at)) keep(record);

  function keep(record: StoredCommand): void {
    records.set(record.id, record);
    if (record.status === 'sent') waiting.add(record.id);
    else waiting.delete(record.id);
  }

  /** Durable first, then known. */
  async function write(record: StoredCommand): Promise<void> {
    await store.commit([{ put: COLLECTION, record }]);
    keep(record);
  }

  function take(topic: string, payload: unknown): void {
    const record = records.get(lastOf(topic));
    const result = heard.result(payload);
    if (!record || record.home !== gatewayOf(topic) || !result || record.status === 'done' || record.status === 'failed' || answered.has(record.id)) return;
    const answer: Pick<StoredCommand, 'status' | 'result'> = result.ok ? { status: 'done', result: fitting(result.result) } : { status: 'failed', result: result.error };
    answered.add(record.id);
    void write({ ...record, ...answer }).catch(onError).finally(() => answered.delete(record.id));
  }

  const subscription = await bus.subscribe(topics.commandResult('+', '+'), take);

  return {
    async send(home, { name, arguments: given, seconds }, by) {
      const record = gateways.get(home) ?? refuse(404, `there is no home ${home}`);
      if (record.revoked) refuse(409, `${record.name} is revoked and hears no commands`);
      const known = registry.details(home)?.can.commands ?? [];
      if (known.length > 0 && !known.includes(name)) refuse(422, `${record.name} knows no command ${name}; it knows ${known.join(', ')}`, 'name');
      const at = now();
      const command: StoredCommand = { id: newId(), home, name, by, at, expires: at + seconds * 1000, status: 'sent', ...(given ? { arguments: given } : {}) };
      const old = [...records.keys()].slice(0, Math.max(0, records.size - KEPT + 1));
      await audit.record({ by, action: `commands.${name}`, target: home, ...(given ? { after: given } : {}) }, [{ put: COLLECTION, record: command }, ...old.map((id): Change => ({ remove: COLLECTION, id }))]);
      for (const id of old) records.delete(id);
      keep(command);
      try {
        await bus.publish(topics.command(home, command.id), { name, ...(given ? { arguments: given } : {}), expires: command.expires });
      } catch (e) {
        await write({ ...command, status: 'failed', result: `the broker did not take it: ${(e as Error).message}` });
      }
      return shown(records.get(command.id) ?? command);
    },
    of: (home: GatewayId) => [...records.values()].filter((r) => r.home === home).toReversed().map(shown),
    list: (limit) => ({ items: [...records.values()].slice(-limit).toReversed().map(shown), total: records.size }),
    async tick() {
      for (const id of waiting) {
        const record = records.get(id);
        if (!record) waiting.delete(id);
        else if (now() > record.expires + WAY) await write({ ...record, status: 'expired' });
      }
    },
    close: () => subscription.close(),
  };
}

const shown = ({ id, home, name, by, at, expires, status, result }: StoredCommand): CommandRecord => ({ id, home, name, by, at, expires, status, ...(result === undefined ? {} : { result }) });

function fitting(result: unknown): unknown {
  const size = JSON.stringify(result ?? null).length;
  return size > LARGEST ? `the result has ${size} characters, of which at most ${LARGEST} are kept` : result;
}
