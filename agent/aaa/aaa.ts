/** The gateway's AAA as one part: profiles out of the configuration; and where that has RADIUS, what is asked, accounted for and obeyed there. */
import type { Mac } from '../../protocol/mac.ts';
import type { Transition } from '../../protocol/entity.ts';
import type { Paths } from '../../protocol/paths.ts';
import type { Now } from '../../protocol/units.ts';
import type { Shown } from '../../runtime/identities.ts';
import type { Log } from '../../runtime/log.ts';
import type { OnPacket } from '../../runtime/radius/types.ts';
import { accessInterfaces, defaultProfiles, localList, type AgentConfig } from '../config.ts';
import type { BindingUpdateList } from '../mag/bindingUpdateList.ts';
import type { MagEvent } from '../mag/events.ts';
import { localProfiles, type ProfileSource } from '../mag/profile.ts';
import { part } from '../part.ts';
import { createAnswers } from './answers.ts';
import { byConfiguration } from './byConfiguration.ts';
import { identifierPolicy, profileMode } from './config.ts';

export interface AaaOptions {
  readonly config: AgentConfig;
  readonly list: Pick<BindingUpdateList, 'byMac'>;
  readonly paths: Pick<Paths, 'counters'>;
  readonly feed: (event: MagEvent) => void;
  readonly now: () => Now;
  readonly log: Log;
  readonly shown: Shown;
  readonly onCount: (reason: string) => void;
  readonly onError: (error: Error) => void;
  /** For debug. */
  readonly onPacket?: OnPacket;
}

/** Where profiles come from. */
export interface Source extends ProfileSource {
  /** Every transition of the gateway, as it comes. */
  onTransition(t: Transition): void;
  /** A frame of a station that is known. */
  seen(mac: Mac): void;
  /** The configuration answers differently from now on; nobody waits for it. */
  reload(changed: AgentConfig): void;
  /** After what the last agent left was taken up. */
  takeUp(): void;
  close(): void;
}

export interface Aaa extends Omit<Source, 'reload'> {
  /** Other default profiles, and LMAs that profiles may name, from now on; nobody waits for it. */
  use(config: AgentConfig): void;
}

/** @throws Error in words when a key cannot be read, or nobody could send dynamic authorization */
export async function openAaa(o: AaaOptions): Promise<Aaa> {
  const { config, onCount } = o;
  const answers = createAnswers({
    ...configured(config),
    local: localProfiles(localList(config), {}),
    policy: identifierPolicy(config),
    policyOfDefaults: config['mn-identifier'] !== undefined,
    onCount,
  });
  // Interfaces that ask RADIUS are refused without servers (configCheck.ts).
  const withRadius = config['radius-servers'].length > 0 || config['dynamic-authorization'] !== undefined;
  const source = withRadius ? await (await part('RADIUS', () => import('./radius.ts'))).openRadius(o, answers) : byConfiguration(o, answers);
  return {
    ...source,
    use(changed) {
      answers.use(configured(changed));
      source.reload(changed);
    },
  };
}

const configured = (config: AgentConfig) => ({ modes: new Map(accessInterfaces(config).map((i) => [i.device, profileMode(config, i)])), defaults: defaultProfiles(config) });
