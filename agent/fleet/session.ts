/** The session of a gateway that has a certificate of its own: will, birth, heartbeats; what the fleet wants of it comes in, what it tells goes out. */
import type { Birth, CommandResult, EnrolRequest, GatewayEvent, Heartbeat, Reported } from '../../runtime/fleet/messages.ts';
import { CONCERNS, topics, type Concern } from '../../runtime/fleet/topics.ts';
import type { Millis } from '../../protocol/units.ts';
import { jittered } from './backoff.ts';
import { json } from './incoming.ts';
import type { Session } from './link.ts';
import type { Connection, Credential, World } from './ports.ts';

export interface OwnSessionOptions {
  readonly world: World;
  readonly gateway: string;
  readonly credential: Credential;
  /** Of this connection. */
  readonly number: number;
  readonly birth: () => Omit<Birth, 'state' | 'session' | 'at'>;
  readonly heartbeat: () => Omit<Heartbeat, 'session' | 'at'>;
  readonly reported: () => Readonly<Partial<Record<Concern, Reported>>>;
  /** Undefined while the certificate is young. */
  readonly enrol: () => EnrolRequest | undefined;
  readonly onDesired: (concern: Concern, value: unknown) => void;
  readonly onCommand: (id: string, value: unknown) => void;
  readonly onEnrolled: (value: unknown) => void;
  /** It is connected and has said so. */
  readonly onUp: () => void;
  readonly onDown: () => void;
}

export interface OwnSession extends Session {
  report(concern: Concern, reported: Reported): Promise<void>;
  events(events: readonly GatewayEvent[]): Promise<void>;
  result(id: string, result: CommandResult): Promise<void>;
  telemetry(stream: string, value: unknown): void;
  beat(): void;
  /** A polite end: the will is not published, so this says it. */
  farewell(): Promise<void>;
}

const HEARTBEAT: Millis = 60_000;

export function ownSession(o: OwnSessionOptions): OwnSession {
  const { world, gateway, number } = o;
  let connection: Connection | undefined;
  let cancel: (() => void) | undefined;

  function publish(topic: string, value: unknown, retain = false): Promise<void> {
    if (!connection) return Promise.reject(new Error('there is no connection to the broker'));
    return connection.publish(topic, JSON.stringify(value), { retain });
  }
  /** What the next connection says anyway. */
  const mention = (topic: string, value: unknown, retain = false): void => void publish(topic, value, retain).catch(() => undefined);
  const stamped = <T extends object>(value: T) => ({ ...value, session: number, at: world.now().wall });
  const state = topics.state(gateway);
  const desired = new Map<string, Concern>(CONCERNS.map((concern) => [topics.desired(gateway, concern), concern]));
  const commandPrefix = topics.command(gateway, '');

  function beat(): void {
    mention(topics.heartbeat(gateway), stamped(o.heartbeat()));
    const request = o.enrol();
    if (request) mention(topics.enrol(gateway), request);
  }
  function beats(): void {
    cancel = world.after(jittered(HEARTBEAT, world.random()), () => {
      beat();
      beats();
    });
  }
  const report = (concern: Concern, reported: Reported): Promise<void> => publish(topics.reported(gateway, concern), reported, true);

  return {
    credential: o.credential,
    clientId: gateway,
    will: { topic: state, payload: JSON.stringify({ state: 'lost', session: number }) },
    async up(to) {
      connection = to;
      await publish(state, stamped({ state: 'ready', ...o.birth() }), true);
      if (connection !== to) return;
      o.onUp();
      await to.subscribe([topics.desired(gateway, '+' as Concern), topics.command(gateway, '+'), topics.enrolled(gateway)]);
      for (const [concern, reported] of Object.entries(o.reported())) void report(concern as Concern, reported).catch(() => undefined);
      beat();
      beats();
    },
    message(topic, payload) {
      const concern = desired.get(topic);
      if (concern) o.onDesired(concern, json(payload));
      else if (topic.startsWith(commandPrefix)) o.onCommand(topic.slice(commandPrefix.length), json(payload));
      else if (topic === topics.enrolled(gateway)) o.onEnrolled(json(payload));
    },
    down() {
      connection = undefined;
      cancel?.();
      o.onDown();
    },
    report,
    events: (events) => publish(topics.event(gateway), { session: number, events }),
    result: (id, result) => publish(topics.commandResult(gateway, id), result),
    telemetry: (stream, value) => mention(topics.telemetry(gateway, stream), value),
    beat,
    farewell: () => publish(state, { state: 'disconnected', session: number }, true),
  };
}
