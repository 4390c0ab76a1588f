/**
 * The four profile sources behind one port, and the stations that are here: what each was told, when RADIUS is asked about it
 * again, and when its session time is over. A change is fed to the gateway; what is the same is not mentioned.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Mac } from '../../protocol/mac.ts';
import type { Transition } from '../../protocol/entity.ts';
import { seconds, type Millis, type Now } from '../../protocol/units.ts';
import type { BindingUpdateList } from '../mag/bindingUpdateList.ts';
import type { MagEvent } from '../mag/events.ts';
import type { ProfileAnswer, ProfileSource, StationFacts } from '../mag/profile.ts';
import { grantedIn, type Answers } from './answers.ts';
import { factsOf, follow, same } from './byConfiguration.ts';
import type { Granted, Verdict } from './cache.ts';
import { asksRadius } from './config.ts';
import type { Grant } from './grant.ts';
import type { Questions } from './questions.ts';
import { createTimers } from './timers.ts';
import { createTurns } from './turns.ts';

export interface ProfileSourceOptions {
  readonly answers: Answers;
  readonly questions: Questions;
  readonly list: Pick<BindingUpdateList, 'byMac'>;
  readonly feed: (event: MagEvent) => void;
  /** A session time is over; before the gateway is told. */
  readonly onSessionTimeout: (mac: Mac) => void;
  readonly now: () => Now;
  /** About a station without a profile of its own; about one that has it; and no sooner than. */
  readonly askAgain: Millis;
  readonly refresh: Millis;
  readonly pause: Millis;
}

export interface StationProfiles extends ProfileSource {
  /** Every change of a binding, after the list has it: who is gone needs no question. */
  onTransition(t: Transition): void;
  /** A frame of the station: one that was refused may be let in by now. */
  seen(mac: Mac): void;
  /** Ask now, whatever is known; a new session time counts (CoA). False: RADIUS is not asked about this station. */
  reconcile(mac: Mac): boolean;
  /** Nothing is remembered of it, so that it is asked about when it comes again. */
  forget(mac: Mac): void;
  /** The configuration answers differently now: who is here by its word hears of it, the others are asked about in the background. */
  reload(): void;
  /** Of the sessions that the last agent left, what became of their profiles is asked. */
  takeUp(): void;
  grantOf(mac: Mac): Grant | undefined;
  close(): void;
}

interface Visit {
  station: StationFacts;
  told?: ProfileAnswer;
  grant?: Grant;
  /** Nobody answered the last time. */
  unanswered: boolean;
  asking: boolean;
  askedAt: Millis;
  endsAt?: Millis;
}

/** Questions in the background that are out at once: phones that wait come first. */
const AT_ONCE = 16;

export function createProfileSource(o: ProfileSourceOptions): StationProfiles {
  const { answers, questions, feed, now } = o;
  const visits = new Map<Mac, Visit>();
  const timers = createTimers(now);
  const turns = createTurns(AT_ONCE);
  let silent = false;

  /** Asks, one question at a time about a station; whoever left or became another meanwhile is not concerned any more. */
  async function ask(visit: Visit): Promise<Verdict> {
    const { station } = visit;
    visit.asking = true;
    visit.askedAt = now().at;
    const verdict = await questions.ask(station, o.list.byMac.get(station.mac)?.assigned.ipv4?.address);
    if (visit.station === station) visit.asking = false;
    heard(verdict);
    return verdict;
  }

  /** An answer after a silence: those who got none are asked about again. */
  function heard(verdict: Verdict): void {
    const wasSilent = silent;
    silent = verdict.kind === 'unanswered';
    if (!wasSilent || silent) return;
    for (const visit of visits.values()) if (visit.unanswered && now().at - visit.askedAt >= o.pause) background(visit);
  }

  const concerned = (visit: Visit, station: StationFacts): boolean => visits.get(station.mac) === visit && visit.station === station;

  /** Takes a verdict on; `renewed`: its session time replaces the one that runs. */
  function settle(visit: Visit, verdict: Verdict, renewed: boolean): ProfileAnswer {
    const answer = answers.byRadius(visit.station, verdict);
    visit.told = answer;
    visit.unanswered = verdict.kind === 'unanswered';
    const granted = grantedIn(verdict);
    if (granted) visit.grant = granted.grant;
    else delete visit.grant;
    setEnd(visit, granted, renewed);
    askLater(visit);
    return answer;
  }

  /** Asking again gives nobody more time than the session began with (RFC 2865 §5.27); a CoA or a new session does. */
  function setEnd(visit: Visit, granted: Granted | undefined, renewed: boolean): void {
    const before = renewed ? Infinity : (visit.endsAt ?? Infinity);
    const until = Math.min(before, granted?.grant.sessionTimeout === undefined ? Infinity : granted.at + seconds(granted.grant.sessionTimeout.after));
    delete visit.endsAt;
    if (granted && Number.isFinite(until)) visit.endsAt = until;
    timers.set(`end ${visit.station.mac}`, visit.endsAt, () => sessionOver(visit));
  }

  function sessionOver(visit: Visit): void {
    const { mac } = visit.station;
    if (visits.get(mac) !== visit) return;
    delete visit.endsAt;
    if (visit.grant?.sessionTimeout?.askAgain) return void reconcile(visit, true);
    questions.forget(visit.station);
    o.onSessionTimeout(mac);
    feed({ kind: 'disconnect', mac, reason: 'its session time is over (Session-Timeout of the RADIUS server)' });
  }

  function askLater(visit: Visit): void {
    const { mac } = visit.station;
    const known = !visit.unanswered && visit.told && 'profile' in visit.told && visit.told.profile.source === 'radius';
    const delay = known ? Math.max(o.refresh, o.askAgain) : o.askAgain;
    timers.set(`ask ${mac}`, now().at + delay * spread(mac), () => background(visit));
  }

  const background = (visit: Visit): void => turns.take(visit.station.mac, () => reconcile(visit, false));

  async function reconcile(visit: Visit, renewed: boolean): Promise<void> {
    const station = visits.get(visit.station.mac) === visit ? current(visit) : undefined;
    if (!station || (visit.asking && !renewed)) return;
    // What is on its way already may have left before the server knew better.
    if (visit.asking) await questions.ask(visit.station);
    if (visits.get(station.mac) !== visit) return;
    visit.station = station;
    const verdict = await ask(visit);
    if (!concerned(visit, station)) return;
    const before = visit.told;
    if (verdict.kind === 'unanswered' && before) {
      visit.unanswered = true;
      return askLater(visit); // who has service keeps it, who has none may have to wait
    }
    const answer = settle(visit, verdict, renewed);
    if (!same(before, answer)) feed({ kind: 'profileChanged', mac: station.mac, answer });
  }

  /** With what the gateway has learned of the phone since. */
  function current({ station }: Visit): StationFacts {
    const entry = o.list.byMac.get(station.mac);
    if (!entry) return station;
    const facts = factsOf(entry);
    return isDeepStrictEqual(facts, station) ? station : facts;
  }

  function load(station: StationFacts): ProfileAnswer | Promise<ProfileAnswer> {
    if (!asksRadius(answers.modeOf(station))) {
      leave(station.mac);
      return answers.byConfiguration(station);
    }
    const visit: Visit = visits.get(station.mac) ?? { station, unanswered: false, asking: false, askedAt: -Infinity };
    Object.assign(visit, { station, asking: false });
    visits.set(station.mac, visit);
    const known = questions.recall(station);
    if (!known) return ask(visit).then((verdict) => (concerned(visit, station) ? settle(visit, verdict, true) : answers.byRadius(station, verdict)));
    const answer = settle(visit, known, true);
    if (now().at - known.at >= o.pause) background(visit);
    return answer;
  }

  function leave(mac: Mac): void {
    visits.delete(mac);
    for (const what of ['ask', 'end']) timers.set(`${what} ${mac}`, undefined, () => undefined);
  }

  return {
    load,
    onTransition({ linkLayerId: mac, to }) {
      // A session that is gone may have made room for the phone's next one.
      if (mac !== undefined && to === 'gone' && !o.list.byMac.has(mac)) leave(mac);
    },
    seen(mac) {
      const visit = visits.get(mac);
      if (visit?.told && 'refused' in visit.told && now().at - visit.askedAt >= o.pause) background(visit);
    },
    reconcile(mac) {
      const visit = visits.get(mac);
      if (visit) void reconcile(visit, true);
      return visit !== undefined;
    },
    forget(mac) {
      const visit = visits.get(mac);
      if (visit) questions.forget(visit.station);
    },
    reload() {
      for (const entry of o.list.byMac.values()) {
        const visit = visits.get(entry.mac);
        if (visit?.told && !('profile' in visit.told && visit.told.profile.source === 'radius')) background(visit);
        else if (!visit && entry.state.name !== 'profile') follow(entry, answers, feed);
      }
    },
    takeUp() {
      for (const entry of o.list.byMac.values()) {
        const station = factsOf(entry);
        if (!entry.profile) continue;
        const told = { profile: entry.profile };
        if (asksRadius(answers.modeOf(station))) {
          const visit: Visit = { station, told, unanswered: false, asking: false, askedAt: -Infinity };
          visits.set(entry.mac, visit);
          background(visit);
          continue;
        }
        follow(entry, answers, feed);
      }
    },
    grantOf: (mac) => visits.get(mac)?.grant,
    close: () => {
      visits.clear();
      timers.close();
    },
  };
}

/** 0.9 to 1.1, the same for a MAC: stations that came at once are not asked about at once. */
const spread = (mac: Mac): number => 0.9 + (0.2 * parseInt(mac.slice(-5).replace(':', ''), 16)) / 0xffff;
