/** This anchor's part in a pair (lease.ts): asks the store for the lease, waits for its turn, and says when it is over. */
import { createLoop } from '../../runtime/loop.ts';
import type { Now } from '../../protocol/units.ts';
import type { Redis } from 'ioredis';
import { run } from '../store/redis.ts';
import { CLAIM, RELEASE, RENEW, type RedisKeys } from '../store/redisKeys.ts';
import { createLease, isHeld, leaseDeadline, leaseStep, type LeaseEffect, type LeaseEvent, type LeaseTimes, type Seen } from './lease.ts';

export interface StandbyOptions {
  readonly client: Redis;
  readonly keys: RedisKeys;
  /** Names this process among all that may ever hold the lease. */
  readonly self: string;
  readonly times: LeaseTimes;
  readonly now: () => Now;
  readonly log: (text: string) => void;
  /** Often while active, also while the store is away: the addresses stay here. */
  readonly onKeep: (announce: boolean) => void;
}

export interface Standby {
  /** Resolves when this anchor is the active one. */
  readonly begun: Promise<void>;
  /** Resolves, with why, when it is not any more; it must not answer or forward then, and cannot begin again. */
  readonly ended: Promise<string>;
  /** The lease's, while it may be used. */
  token(): string | undefined;
  /** May anybody be answered right now? */
  held(): boolean;
  state(): 'standby' | 'active' | 'waiting for the store' | 'ended';
  rival(who: string): void;
  /** Gives the lease back, so that the other one need not wait. */
  stop(): Promise<void>;
}

export function openStandby({ client, keys, self, times, now, log, onKeep }: StandbyOptions): Standby {
  const lease = createLease(self, times, now().at);
  let begin = (): void => undefined;
  let finish = (_why: string): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const ended = new Promise<string>((resolve) => (finish = resolve));
  const loop = createLoop<LeaseEvent, LeaseEffect>({
    now,
    timer: { kind: 'timer' },
    step: (event, at) => leaseStep(lease, event, at.at),
    deadline: () => leaseDeadline(lease),
    perform,
    onError: (e) => log(e.message),
  });

  function perform(effect: LeaseEffect): void {
    switch (effect.kind) {
      case 'look':
        return ask(async () => ({ kind: 'seen', seen: seenOf(await client.hmget(keys.lease, 'token', 'holder', 'beat')) }));
      case 'claim': {
        const sentAt = now().at;
        return ask(async () => ({ kind: 'claimed', token: textOf(await run(client, CLAIM, [keys.lease], [self, effect.seen?.token ?? '', effect.seen?.beat ?? ''])), sentAt }));
      }
      case 'renew': {
        const sentAt = now().at;
        return ask(async () => ({ kind: 'renewed', mine: (await run(client, RENEW, [keys.lease], [effect.token])) !== null, sentAt }));
      }
      case 'keep':
        return onKeep(effect.announce);
      case 'begin':
        log(`has the lease (reign ${effect.token}) and takes over`);
        return begin();
      case 'pause':
        return log('cannot renew its lease and answers nobody until it can; what it forwards it goes on forwarding');
      case 'resume':
        return log('has renewed its lease and answers again');
      case 'end':
        loop.stop();
        return finish(effect.reason);
    }
  }

  let fault = '';

  /** A store that answers, and refuses, is not away: that is told once for each reason. */
  function ask(question: () => Promise<LeaseEvent>): void {
    question().then(
      (event) => {
        if (event.kind !== 'seen') fault = '';
        loop.feed(event);
      },
      (e: Error) => {
        if (isRefusal(e) && e.message !== fault) log(`is refused its lease by the store: ${e.message}`);
        if (isRefusal(e)) fault = e.message;
        loop.feed({ kind: 'silence' });
      },
    );
  }

  loop.feed({ kind: 'timer' });
  return {
    begun,
    ended,
    token: () => (lease.state.name === 'active' ? lease.state.token : undefined),
    held: () => isHeld(lease, now().at),
    state: () => (lease.state.name === 'active' && lease.state.paused ? 'waiting for the store' : lease.state.name),
    rival: (who) => loop.feed({ kind: 'rival', who }),
    async stop() {
      loop.stop();
      if (lease.state.name === 'active') await run(client, RELEASE, [keys.lease], [lease.state.token]).catch(() => undefined);
    },
  };
}

/** Redis begins its errors with a code in capitals: OOM, NOAUTH, READONLY, MISCONF. */
const isRefusal = (e: Error): boolean => /^[A-Z]{3,} /.test(e.message);

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const seenOf = ([token, holder, beat]: readonly (string | null)[]): Seen | undefined => (token ? { token, holder: holder ?? '', beat: beat ?? '' } : undefined);
