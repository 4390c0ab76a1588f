/** The HTTP side of the fleet service, put together. */
import type { Millis, UnixMillis } from '../../protocol/units.ts';
import type { Access } from './access.ts';
import type { HttpConfig } from './config.ts';
import { listen } from './listen.ts';
import type { Route } from './route.ts';
import { eventsRoutes } from './routes/events.ts';
import { sessionRoutes } from './routes/session.ts';
import { setUpRoutes } from './routes/setup.ts';
import { tokensRoutes } from './routes/tokens.ts';
import { usersRoutes } from './routes/users.ts';
import { createServer } from './server.ts';
import { HEARTBEAT, type LiveStream } from './sse.ts';
import { openSite } from './static.ts';

export interface ApiParts {
  readonly config: HttpConfig;
  readonly access: Access;
  readonly live: LiveStream;
  /** Of the other parts. */
  readonly routes: readonly Route[];
  /** The dashboard as it was built: dist/web. */
  readonly site: string;
  readonly version: string;
  readonly now: () => UnixMillis;
  readonly onError: (error: Error) => void;
}

export interface Api {
  readonly address: string;
  readonly port: number;
  /** For the log, while nobody has set it up. */
  setUpLink(): string | undefined;
  close(): Promise<void>;
}

/** The routes that this part brings itself. */
export const ownRoutes = (access: Access, live: LiveStream, version: string): Route[] => [
  ...setUpRoutes(access, version),
  ...sessionRoutes(access, version),
  ...usersRoutes(access),
  ...tokensRoutes(access),
  ...eventsRoutes(live),
];

const EXPIRE_EVERY: Millis = 60_000;
const RENEW_EVERY: Millis = 3_600_000;

export async function startApi({ config, access, live, routes, site, version, now, onError }: ApiParts): Promise<Api> {
  const { sessions, tokens, auth, setUp } = access;
  const server = createServer({ routes: [...ownRoutes(access, live, version), ...routes], auth, site: openSite(site), now, version, names: config.names, behindProxy: config['behind-proxy'], onError });
  const listening = await listen(config, server, onError);
  sessions.onEnd(() => live.tick());
  tokens.onEnd(() => live.tick());
  const timers = [setInterval(() => live.tick(true), HEARTBEAT), setInterval(() => void sessions.tick().catch(onError), EXPIRE_EVERY), setInterval(() => listening.renew(), RENEW_EVERY)];
  return {
    address: listening.address,
    port: listening.port,
    setUpLink: () => setUp.link(listening.address),
    async close() {
      timers.forEach(clearInterval);
      live.close();
      await listening.close();
    },
  };
}
