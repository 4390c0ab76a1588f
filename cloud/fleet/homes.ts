/** Homes from their claim to their end: record, key, admission at the LMAs, documents. */
import { CONCERNS, topics, type GatewayId } from '../../runtime/fleet/topics.ts';
import { refuse } from '../api/route.ts';
import type { LmaAdmission } from '../live/ports.ts';
import { eventLine } from './diary.ts';
import type { DocumentsKeeper } from './documents.ts';
import type { Gateways } from './gateways.ts';
import type { Groups, Homes, Registry } from './parts.ts';
import type { Admission, Bus } from './ports.ts';
import type { Provisioning } from './provisioning.ts';
import type { GatewayRecord } from './records.ts';
import type { RunningRollouts } from './rollouts.ts';

export interface HomesOptions {
  readonly gateways: Gateways;
  readonly groups: Pick<Groups, 'has'>;
  readonly registry: Pick<Registry, 'home' | 'online'>;
  readonly documents: Pick<DocumentsKeeper, 'removal' | 'forget'>;
  readonly provisioning: Pick<Provisioning, 'refresh' | 'withdraw'>;
  readonly rollouts: Pick<RunningRollouts, 'involved'>;
  readonly admission: Admission;
  readonly lmaAdmission: Pick<LmaAdmission, 'dismiss' | 'dismissal'>;
  readonly bus: Bus;
  readonly now: () => number;
  /** For RFC 4285, hex digits of 32 random octets. */
  readonly newKey: () => string;
  readonly onError: (error: Error) => void;
}

export function createHomes({ gateways, groups, registry, documents, provisioning, rollouts, admission, lmaAdmission, bus, now, newKey, onError }: HomesOptions): Homes {
  const known = (id: GatewayId): GatewayRecord => gateways.get(id) ?? refuse(404, `there is no home ${id}`);
  const groupThere = (id: string): string => (groups.has(id) ? id : refuse(422, `there is no group ${id}`, 'group'));

  /** What a broker keeps of a gateway that is no more would greet its next life. */
  async function clearBroker(id: GatewayId): Promise<void> {
    await provisioning.withdraw(id);
    await bus.publish(topics.state(id), null, { retain: true });
    for (const concern of CONCERNS) await bus.publish(topics.reported(id, concern), null, { retain: true });
  }

  async function inTheBackground(what: string, work: Promise<void>): Promise<void> {
    await work.catch((e: unknown) => onError(new Error(`${what}: ${(e as Error).message}`)));
  }

  return {
    async create({ id, name, group, identity, agent, certificate, by }) {
      let formerly: string | undefined;
      await gateways.change(() => {
        groupThere(group);
        const before = gateways.get(id);
        const twin = gateways.byIdentity(identity);
        if (twin && twin.id !== id) refuse(409, `${twin.name} has the MAG Identifier ${identity} already: give this gateway another mag or identity in its configuration, or remove that home`);
        if (before?.revoked) refuse(409, `${before.name} is revoked: remove it first`);
        const involved = before && before.group !== group ? rollouts.involved(id) : undefined;
        if (before && involved) refuse(409, `${before.name} takes part in rollout ${involved.id}: claim it into the group where it is, or when that is over`, 'group');
        formerly = before?.identity;
        // Claimed again, with its old key lost or not: the same home goes on.
        const record: GatewayRecord = { ...(before ?? { createdAt: now(), desired: {} }), id, name, group, identity, agent, certificate, key: newKey() };
        const changes = [eventLine(id, 'info', `claimed as ${name} by ${by}`, now()), ...(formerly === undefined || formerly === identity ? [] : lmaAdmission.dismissal(formerly))];
        return { put: [record], changes, deed: { by, action: 'homes.claim', target: id, after: { name, group, identity, serial: certificate.serial } } };
      });
      // What it was called before opens nothing any more.
      if (formerly !== undefined && formerly !== identity) await inTheBackground(`${id} is another gateway now, but the LMAs may still know ${formerly}`, lmaAdmission.dismiss(formerly));
      await provisioning.refresh([id]);
      return known(id);
    },
    async certified(id, certificate) {
      await gateways.change(() => ({ put: [{ ...known(id), certificate }], deed: { by: 'roamstead', action: 'homes.certificate', target: id, after: { serial: certificate.serial } } }));
    },
    async change(id, change, by) {
      const { position, ...rest } = change;
      await gateways.change(() => {
        const before = known(id);
        if (change.group !== undefined) groupThere(change.group);
        const involved = change.group === undefined || change.group === before.group ? undefined : rollouts.involved(id);
        if (involved) refuse(409, `${before.name} takes part in rollout ${involved.id}: move it when that is over`, 'group');
        const { position: was, ...others } = before;
        const there = position === undefined ? was : (position ?? undefined);
        const record: GatewayRecord = { ...others, ...rest, ...(there ? { position: there } : {}) };
        const fields = Object.keys(change) as (keyof typeof change)[];
        const of = (r: GatewayRecord) => Object.fromEntries(fields.map((f) => [f, r[f] ?? null]));
        return { put: [record], deed: { by, action: 'homes.change', target: id, before: of(before), after: of(record) } };
      });
      if (change.group !== undefined) await provisioning.refresh([id]);
      return registry.home(id) ?? refuse(404, `there is no home ${id}`);
    },
    async revoke(id, by, reason) {
      await gateways.change(() => {
        const before = known(id);
        if (before.revoked) refuse(409, `${before.name} is revoked already`);
        return { put: [{ ...before, revoked: { at: now(), by, reason } }], changes: [eventLine(id, 'warn', `revoked by ${by}: ${reason}`, now())], deed: { by, action: 'homes.revoke', target: id, reason } };
      });
      const { certificate, identity } = known(id);
      // It is written down: whoever does not answer is told when it does, and keeps nobody else waiting.
      await Promise.all([
        inTheBackground(`${id} is revoked, but the broker may serve it until it is told again`, admission.revoke(id, certificate?.serial ?? '')),
        inTheBackground(`${id} is revoked, but its bindings may go on until they expire`, lmaAdmission.dismiss(identity)),
      ]);
      await inTheBackground(`${id} is revoked, but the broker keeps its documents until the next start`, provisioning.withdraw(id));
    },
    async remove(id, by) {
      const scope = { kind: 'home', id } as const;
      const { name, identity, revoked, certificate } = known(id);
      if (!revoked && registry.online(id)) refuse(409, `${name} is online: revoke it first`);
      // Before its record goes: nobody would know any more whose certificate it is. Of a revoked one the broker may not have heard.
      await admission.revoke(id, certificate?.serial ?? '');
      await gateways.change(() => {
        const before = known(id);
        return { remove: [id], changes: [...documents.removal(scope), ...lmaAdmission.dismissal(identity)], deed: { by, action: 'homes.remove', target: id, before: { name: before.name, group: before.group, identity } } };
      });
      documents.forget(scope);
      await inTheBackground(`${id} is removed, but the LMAs may still know it`, lmaAdmission.dismiss(identity));
      await inTheBackground(`${id} is removed, but the broker keeps what it said until the next start`, clearBroker(id));
    },
    record: (id) => gateways.get(id),
    records: () => gateways.all(),
  };
}
