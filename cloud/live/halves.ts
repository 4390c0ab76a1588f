/** What an LMA tells, in this part's words: names become pseudonyms here, and homes those of the registry. */
import type { Followed, SessionChange } from '../follow.ts';
import type { ShownSession } from '../sessions.ts';
import type { LmaHalf } from './join.ts';
import type { KnownHomes } from './ports.ts';
import type { SessionFacts } from './sessions.ts';

export type PseudonymOf = (identity: { readonly nai: string; readonly mac?: string; readonly addresses?: readonly string[] }) => string;

export interface Halves {
  session(change: SessionChange): SessionFacts;
  /** Of a list of all sessions. */
  row(session: ShownSession, lma: string): SessionFacts;
  handover(lma: string, trace: Extract<Followed, { kind: 'trace' }>['trace']): LmaHalf;
  refusal(lma: string, refusal: Extract<Followed, { kind: 'refused' }>): LmaHalf;
}

/** Its MAG Identifier, or where it is. */
export const magOf = ({ detail }: Pick<Extract<Followed, { kind: 'trace' }>['trace'], 'detail'>): string => String(detail['mag'] ?? detail['careOf']);

export function createHalves(homes: Pick<KnownHomes, 'byIdentity' | 'online'>, pseudonymOf: PseudonymOf): Halves {
  const facts = (s: { readonly mnnai: string; readonly llid?: string | undefined }, addresses: readonly string[], more: Omit<SessionFacts, 'subscriber' | 'addresses'>): SessionFacts => ({
    ...more,
    addresses,
    subscriber: pseudonymOf({ nai: s.mnnai, ...(s.llid === undefined ? {} : { mac: s.llid }), addresses }),
  });

  return {
    session: (e) => facts(e, e.addresses ?? [], { service: e.service, apn: e.apn ?? '', mag: e.mag ?? e.coa ?? '', state: e.state, coa: e.coa ?? '', encap: e.encap ?? 'none', lifetime: e.lifetime ?? 0 }),
    row: (s, lma) =>
      facts(s, [...(s.hoa === undefined ? [] : [s.hoa]), ...s.hnps], { service: s['lma-service'] ?? lma, apn: s.apn, mag: s.mag ?? s.coa, state: s.state, coa: s.coa, encap: s.encap, lifetime: s.lifetime, bytesUp: Number(s.upOctets ?? 0), bytesDown: Number(s.downOctets ?? 0) }),
    handover(lma, trace) {
      const { id, kind, mnnai, detail, wall, stages } = trace;
      const mag = magOf(trace);
      const home = homes.byIdentity(mag);
      const before = kind === 'handover' && detail['before'] !== undefined ? String(detail['before']) : undefined;
      const homeBefore = before === undefined ? undefined : homes.byIdentity(before);
      return {
        end: 'lma',
        id,
        // The first stage is when the PBU left by its gateway's clock, which may be far off.
        at: Math.round(wall + (stages['pbuReceived'] ?? 0)),
        lma,
        subscriber: pseudonymOf({ nai: mnnai }),
        kind,
        mag,
        ...(home === undefined ? {} : { home }),
        ...(before === undefined ? {} : { before }),
        ...(homeBefore === undefined ? {} : { homeBefore }),
        stages,
        awaited: home !== undefined && homes.online(home),
      };
    },
    refusal(lma, e) {
      const home = homes.byIdentity(e.mag);
      const subscriber = pseudonymOf({ nai: e.mnnai });
      return { end: 'lma', id: e.id ?? `${lma} ${e.wall} ${subscriber}`, at: Math.round(e.wall), lma, subscriber, kind: 'attach', mag: e.mag, ...(home === undefined ? {} : { home }), stages: {}, refused: e.reason, awaited: false };
    },
  };
}
