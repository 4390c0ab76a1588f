/** Documents become the configuration that the gateway works with, while it works: no binding ends by it. */
import { heartbeatVariables } from '../../runtime/heartbeatConfig.ts';
import type { Rates } from '../../protocol/paths.ts';
import { lmaPeers, timersOf, type AgentConfig } from '../config.ts';
import { guestRates } from '../hostFirst.ts';
import { entriesOf } from '../mag/bindingUpdateList.ts';
import type { MagEvent } from '../mag/events.ts';
import type { Mag } from '../mag/mag.ts';
import type { Judgement } from './desiredState.ts';
import type { Ability, Overlay } from './limits.ts';
import type { Documents } from './ports.ts';
import type { Cap } from './sharing.ts';

/** The parts of a gateway that take another configuration at run time. */
export interface Adjustable {
  readonly mag: Pick<Mag, 'list'>;
  readonly feed: (event: MagEvent) => void;
  /** Keys; `inUse`: ids of LMAs that hold sessions. */
  readonly useAnchors: (config: AgentConfig, inUse: ReadonlySet<string>) => void;
  /** Default profiles, in the background. */
  readonly useProfiles: (config: AgentConfig) => void;
  /** Absent where nothing is policed. */
  readonly limitGuests?: ((rates: Rates | undefined) => void) | undefined;
}

export interface Work {
  /** By which the gateway works now. */
  readonly config: AgentConfig;
  readonly judge: (documents: Documents) => Judgement;
  readonly apply: (documents: Documents) => void;
}

export interface WorkOptions {
  readonly base: AgentConfig;
  readonly documents: Documents;
  readonly over: Overlay;
  readonly cap: () => Cap;
  readonly ability: () => Ability | undefined;
  /** Undefined until the gateway runs: then only the configuration is another. */
  readonly parts: () => Adjustable | undefined;
}

export function createWork({ base, documents: first, over, cap, ability, parts }: WorkOptions): Work {
  let { config } = over(base, first, cap(), ability());

  function adjust({ mag, feed, useAnchors, useProfiles, limitGuests }: Adjustable): void {
    // First the keys, since the core speaks to other LMAs at once; then the profiles, since it asks anew for those whom it refused.
    useAnchors(config, new Set(entriesOf(mag.list).flatMap((e) => e.lma?.id ?? [])));
    useProfiles(config);
    const maximumGuests = config['host-first']['maximum-guests'];
    feed({ kind: 'configure', lmas: lmaPeers(config), timers: timersOf(config), heartbeat: heartbeatVariables(config.heartbeat), ...(maximumGuests === undefined ? {} : { maximumGuests }) });
    limitGuests?.(guestRates(config['host-first']));
  }

  return {
    get config() {
      return config;
    },
    judge(documents) {
      const { config: wanted, refused, limited } = over(base, documents, cap(), ability());
      return { refused, limited, anchored: wanted['local-mobility-anchors'].length > 0 };
    },
    apply(documents) {
      ({ config } = over(base, documents, cap(), ability()));
      const adjustable = parts();
      if (adjustable) adjust(adjustable);
    },
  };
}
