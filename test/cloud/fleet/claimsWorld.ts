/** Claims, with a real authority, a bus in memory and a clock that is moved. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Refused } from '../../../cloud/api/route.ts';
import type { Deed } from '../../../cloud/fleet/audit.ts';
import { createClaims } from '../../../cloud/fleet/claims.ts';
import type { Homes } from '../../../cloud/fleet/parts.ts';
import type { GatewayRecord } from '../../../cloud/fleet/records.ts';
import { openAuthority } from '../../../cloud/pki/authority.ts';
import { claimCode } from '../../../runtime/fleet/claimCode.ts';
import type { ClaimRequest, ClaimResponse } from '../../../runtime/fleet/messages.ts';
import { topics } from '../../../runtime/fleet/topics.ts';
import { eventually } from '../broker/eventually.ts';
import { createFakeBus } from '../broker/fakeBus.ts';
import { createMemoryStore } from '../memoryStore.ts';
import { makeRequest, type MadeRequest } from '../pki/request.ts';

/** Homes refuse this group. */
export const NO_GROUP = 'nowhere';

/** A gateway that nobody has claimed. */
export interface Box extends MadeRequest {
  readonly code: string;
  readonly ask: (more?: Partial<Record<keyof ClaimRequest, unknown>>) => Promise<ClaimResponse>;
}

export type ClaimsWorld = Awaited<ReturnType<typeof openClaimsWorld>>;

export async function openClaimsWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-claims-'));
  const clock = { now: Date.UTC(2026, 10, 24) };
  const now = (): number => clock.now;
  const authority = await openAuthority({ folder, names: ['localhost'], now });
  const bus = createFakeBus();
  const store = createMemoryStore();
  const deeds: Deed[] = [];
  const records = new Map<string, GatewayRecord>();
  const readmitted: string[] = [];
  const errors: Error[] = [];
  const onError = (error: Error): void => void errors.push(error);
  const told: unknown[] = [];
  const audit = {
    async record(deed: Deed) {
      deeds.push(deed);
      return { ...deed, number: deeds.length, at: clock.now, hash: '' };
    },
  };
  const homes = {
    async create({ by, ...gateway }: Parameters<Homes['create']>[0]): Promise<GatewayRecord> {
      if (gateway.group === NO_GROUP) throw new Refused(422, 'there is no group nowhere');
      const record: GatewayRecord = { ...gateway, createdAt: clock.now, key: 'ab', desired: {} };
      records.set(gateway.id, record);
      deeds.push({ by, action: 'homes.claim', target: gateway.id });
      return record;
    },
    async certified(id: string, certificate: { readonly serial: string; readonly expires: number }) {
      records.set(id, { ...(records.get(id) as GatewayRecord), certificate });
    },
    record: (id: string) => records.get(id),
  };
  const open = () =>
    createClaims({
      bus,
      store,
      authority,
      homes,
      registry: { byIdentity: (identity) => [...records.values()].find((r) => r.identity === identity)?.id },
      readmit: async (gateway) => void readmitted.push(gateway),
      audit,
      live: { publish: (kind, value) => void told.push([kind, value]) },
      now,
      onError,
    });

  let boxes = 0;
  const world = {
    authority, bus, store, homes, deeds, records, readmitted, errors, told, now, onError,
    claims: await open(),
    passes: (ms: number) => void (clock.now += ms),
    async restart() {
      await world.claims.close();
      world.claims = await open();
    },
    box(identity = `mag${++boxes}`, code = claimCode(Uint8Array.of(1, 2, 3, 4, ++boxes % 256))): Box {
      const made = makeRequest('CN=x');
      return {
        ...made,
        code,
        async ask(more = {}) {
          const before = bus.published.length;
          const request = { gateway: made.gateway, code, request: made.request, agent: '1.0', identity, ...more };
          await bus.publish(topics.claimRequest(made.gateway), request);
          const answers = () => bus.published.slice(before).filter(({ topic }) => topic === topics.claimResponse(made.gateway));
          await eventually(() => expect(answers()).toHaveLength(1));
          return answers()[0]?.payload as ClaimResponse;
        },
      };
    },
    approve: (code: string, more: { readonly by?: string; readonly group?: string } = {}) => world.claims.approve({ code, name: 'Mill Lane 4', group: 'homes', by: 'ann', ...more }),
    async close() {
      await authority.close();
      rmSync(folder, { recursive: true });
    },
  };
  return world;
}
