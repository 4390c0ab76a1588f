/**
 * A gateway of a fleet: claimed once, then told what to do and saying how it does. All of the world comes through ports, so that
 * hundreds of them live in one process of a simulation. Nothing here is waited for by the gateway's own work.
 */
import type { CommandResult } from '../../runtime/fleet/messages.ts';
import { CONCERNS } from '../../runtime/fleet/topics.ts';
import { claimCode, shownCode } from '../../runtime/fleet/claimCode.ts';
import type { Log } from '../../runtime/log.ts';
import { wallAt, type Millis } from '../../protocol/units.ts';
import { claimSession, problemWith, validity } from './claim.ts';
import { createCommands } from './commands.ts';
import { createDesired, deadline, proved, step } from './desired.ts';
import type { DesiredEffect, DesiredEvent, Judgement } from './desiredState.ts';
import { createOutbox, type Told } from './events.ts';
import { enrolResponseIn } from './incoming.ts';
import { inOrder } from './inOrder.ts';
import type { GatewayKey } from './key.ts';
import { createLink, type Session } from './link.ts';
import { RESERVED, type Claimed, type Connect, type Credential, type CredentialStore, type Documents, type Gateway, type Store, type World } from './ports.ts';
import { ownSession, type OwnSession } from './session.ts';
import type { FleetStatus } from './status.ts';
import { createTelemetry } from './telemetry.ts';
import { leave } from './trial.ts';

export interface FleetClientOptions {
  readonly world: World;
  readonly connect: Connect;
  readonly store: Store;
  readonly credentials: CredentialStore;
  readonly key: GatewayKey;
  /** What connects a gateway that nobody has claimed. @throws Error in words */
  readonly claimCredential: () => Credential;
  readonly gateway: Gateway;
  readonly judge: (documents: Documents) => Judgement;
  /** At once, and without ending a session. @throws Error in words; then what went before is applied again */
  readonly apply: (documents: Documents) => void;
  /** Asks the LMAs to answer; `answered` is called when one does. */
  readonly probe: () => void;
  readonly log: Log;
  readonly onCount: (reason: string) => void;
  readonly onError: (error: Error) => void;
}

export interface FleetClient {
  start(): void;
  /** An LMA of those that the gateway works with answered. */
  answered(): void;
  tell(event: Told | (() => Told)): void;
  /** What the home's owner allows is another now. */
  ownerChanged(): void;
  /** The certificate is forgotten, a new code is shown; the key and what runs stay. */
  unclaim(): void;
  status(): FleetStatus;
  close(): Promise<void>;
}

/** Results that wait for a broker. */
const MOST_RESULTS = 64;

export function createFleetClient(o: FleetClientOptions): FleetClient {
  const { world, store, key, gateway, log } = o;
  const { gateway: id } = key;
  const started = world.now().at;
  if (store.state.code === '') newCode();
  const desired = createDesired(store.state, o.judge);
  const results = new Map<string, CommandResult>();
  let claimed: Dated | undefined = usable(o.credentials.load());
  /** Over by this gateway's clock, which may be wrong: a router without a battery has any time at first. */
  let over: Dated | undefined;
  let own: OwnSession | undefined;
  let shown: Pick<FleetStatus, 'state' | 'why'> & { readonly from: Millis } = { state: 'offline', why: 'it has just started', from: started };
  let cancel: (() => void) | undefined;
  let closed = false;

  const link = createLink({ world, connect: o.connect, session, onChange: changed });
  const outbox = createOutbox({ world, connected: () => own !== undefined, send: (events) => (own ?? nobody()).events(events) });
  const telemetry = createTelemetry({ streams: gateway.telemetry, world, send: (stream, value) => own?.telemetry(stream, value) });
  const handlers = { ...gateway.commands, telemetry: telemetry.command };
  const onCommand = createCommands({
    handlers,
    kept: store.state,
    async remember(ids) {
      store.state.commands = ids;
      store.changed();
      await store.flush();
    },
    answer,
    now: world.now,
    onError: o.onError,
  });

  function newCode(): void {
    store.state.code = claimCode(Uint8Array.from({ length: 5 }, () => Math.floor(world.random() * 256)));
    store.changed();
  }

  function usable(kept: Claimed | undefined): Dated | undefined {
    const wrong = kept && problemWith(kept, key);
    if (wrong !== undefined) log('warn', `fleet: the kept certificate is not used: ${wrong}`);
    return kept && wrong === undefined ? dated(kept) : undefined;
  }

  /** A certificate that is over makes nobody a gateway; it is claimed anew, by the same key. */
  function session(): Session {
    if (claimed && claimed.expires <= world.now().wall) {
      log('warn', 'fleet: the certificate of this gateway is over: it is to be claimed anew', { gateway: id });
      over = claimed;
      claimed = undefined;
    }
    claimed ??= notOver();
    if (claimed) return ownOf(claimed);
    const code = store.state.code;
    return claimSession({
      world,
      credential: o.claimCredential(),
      key,
      facts: { code, agent: gateway.agent, identity: gateway.identity },
      onPending() {
        note('unclaimed', `enter the code ${shownCode(code)} in the dashboard`);
        if (notOver()) link.renew('the clock of this gateway is another now, by which its certificate is not over');
      },
      onRefused: (reason) => note('unclaimed', `the cloud refuses: ${reason}`),
      onClaimed: (response) => void take({ home: response.home, group: response.group, certificate: response.certificate, authority: response.authority }, 'this gateway was claimed'),
    });
  }

  const notOver = (): Dated | undefined => (over && over.expires > world.now().wall ? over : undefined);

  async function take(next: Claimed, why: string): Promise<void> {
    try {
      await o.credentials.save(next);
    } catch (e) {
      // It is asked again, and answered again: what is not on the disk was not given.
      return o.onError(e as Error);
    }
    const before = claimed;
    claimed = dated(next);
    over = undefined;
    log('info', `fleet: ${why}`, { gateway: id, home: next.home, group: next.group });
    if (!before) link.renew(why);
  }

  function ownOf(credentials: Claimed): Session {
    store.state.session += 1;
    if (store.state.session % (RESERVED / 2) === 0) store.changed();
    const mine: OwnSession = ownSession({
      world,
      gateway: id,
      credential: { certificate: credentials.certificate, authority: credentials.authority, key: key.pem },
      number: store.state.session,
      birth: () => ({ agent: gateway.agent, identity: gateway.identity, can: { concerns: CONCERNS, commands: Object.keys(handlers), telemetry: Object.keys(gateway.telemetry) } }),
      heartbeat: () => ({ ...gateway.figures(), uptime: Math.round(world.now().at - started), running: running() }),
      reported: () => store.state.reported,
      enrol: () => (claimed && claimed.renewAt <= world.now().wall ? { request: key.request() } : undefined),
      onDesired: (concern, value) => feed({ kind: 'desired', concern, value }),
      onCommand: (command, value) => void onCommand(command, value).catch((e: unknown) => o.onError(e as Error)),
      onEnrolled,
      onUp() {
        own = mine;
        outbox.resume();
        for (const [command, result] of results) void answer(command, result).catch(() => undefined);
      },
      onDown() {
        own = undefined;
        telemetry.stopAll();
      },
    });
    return mine;
  }

  function onEnrolled(value: unknown): void {
    const response = enrolResponseIn(value);
    if (response?.status === 'refused') return log('warn', `fleet: no new certificate: ${response.reason}`);
    if (!response || !claimed) return undefined;
    const { home, group } = claimed;
    const next: Claimed = { home, group, certificate: response.certificate, authority: response.authority };
    const wrong = problemWith(next, key);
    if (wrong !== undefined) return log('warn', `fleet: the new certificate is not used: ${wrong}`);
    void take(next, 'the next certificate is here');
  }

  async function answer(command: string, result: CommandResult): Promise<void> {
    results.set(command, result);
    const [oldest] = results.keys();
    if (results.size > MOST_RESULTS && oldest !== undefined) results.delete(oldest);
    await (own ?? nobody()).result(command, result);
    results.delete(command);
  }

  const feed = inOrder<DesiredEvent>((event) => perform(step(desired, event, world.now())));

  /** @returns once it waits for the disk, what is done behind that */
  function perform(effects: readonly DesiredEffect[]): Promise<void> | undefined {
    for (const [i, effect] of effects.entries()) {
      switch (effect.kind) {
        case 'remember':
          store.changed();
          return store.flush().then(() => (closed ? undefined : perform(effects.slice(i + 1)))).catch((e: unknown) => o.onError(e as Error));
        case 'apply':
          try {
            o.apply(effect.documents);
          } catch (e) {
            log('error', `fleet: a document cannot be applied: ${(e as Error).message}`);
            feed({ kind: 'failed', reason: (e as Error).message });
          }
          break;
        case 'probe':
          o.probe();
          break;
        case 'keep':
          store.changed();
          break;
        case 'drop':
          o.onCount(`fleet: ${effect.reason}`);
          break;
        case 'report': {
          const { concern, reported } = effect;
          log('info', `fleet: ${concern} ${reported.rev} ${reported.status}`, reported.problems.length > 0 ? { problems: reported.problems } : undefined);
          own?.report(concern, reported).catch(() => undefined);
          own?.beat();
        }
      }
    }
    arm();
    return undefined;
  }

  function arm(): void {
    cancel?.();
    const next = deadline(desired);
    cancel = next && world.after(Math.max(0, next.at - world.now().at), () => feed({ kind: 'timer' }));
  }

  const running = (): Record<string, { readonly rev: number; readonly hash: string }> =>
    Object.fromEntries(Object.entries(proved(desired)).map(([concern, { rev, hash }]) => [concern, { rev, hash }]));

  function changed(connected: boolean, why: string): void {
    if (!connected) note(claimed ? 'offline' : 'unclaimed', why);
    else if (claimed) note('connected', why);
    else note('unclaimed', `enter the code ${shownCode(store.state.code)} in the dashboard`);
  }

  function note(state: FleetStatus['state'], why: string): void {
    if (shown.state === state && shown.why === why) return;
    shown = { state, why, from: world.now().at };
    log('info', `fleet: ${state}: ${why}`, { gateway: id });
  }

  return {
    start() {
      log('info', claimed ? 'fleet: this gateway is claimed' : `fleet: nobody has claimed this gateway; its code is ${shownCode(store.state.code)}`, { gateway: id });
      arm();
      link.start();
    },
    answered: () => feed({ kind: 'answered' }),
    tell: (event) => outbox.add(event),
    ownerChanged() {
      feed({ kind: 'judgeAnew' });
      own?.beat();
    },
    unclaim() {
      o.credentials.forget();
      claimed = undefined;
      over = undefined;
      newCode();
      link.renew('it is to be claimed anew');
    },
    status: () => ({
      gateway: id,
      state: shown.state,
      why: shown.why,
      since: wallAt(shown.from, world.now()),
      ...(claimed ? { home: claimed.home, group: claimed.group, certificateExpires: claimed.expires } : { code: shownCode(store.state.code) }),
      session: store.state.session,
      documents: CONCERNS.map((concern) => ({ concern, running: desired.running[concern]?.rev ?? null, ...(store.state.reported[concern] ? { reported: store.state.reported[concern] } : {}) })),
    }),
    async close() {
      closed = true;
      cancel?.();
      outbox.close();
      telemetry.stopAll();
      leave(desired);
      store.changed();
      // The end of the connection waits for it, and not for ever.
      own?.farewell().catch(() => undefined);
      await link.close();
      await store.flush();
    },
  };
}

/** Read once: a certificate is long work for a heartbeat. */
type Dated = Claimed & ReturnType<typeof validity>;
const dated = (claimed: Claimed): Dated => ({ ...claimed, ...validity(claimed.certificate) });

function nobody(): never {
  throw new Error('there is no connection to the broker');
}
