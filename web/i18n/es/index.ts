import { access } from './access.ts';
import { alerts } from './alerts.ts';
import { audit } from './audit.ts';
import { common } from './common.ts';
import { home } from './home.ts';
import { homes } from './homes.ts';
import { lma } from './lma.ts';
import { map } from './map.ts';
import { now } from './now.ts';
import { rollout } from './rollout.ts';
import { session } from './session.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { subscribers } from './subscribers.ts';
import type { Catalogue } from '../catalogue.ts';

export const es: Catalogue = { access, alerts, audit, common, home, homes, lma, map, now, rollout, session, settings, shell, subscribers };
