/** Can this anchor serve? Each condition with its reason, for /readyz and for whoever asks why. */
import type { ShownInterface } from '../../runtime/interfaces.ts';

export interface Check {
  readonly name: 'signalling' | 'store' | 'data path';
  readonly ok: boolean;
  readonly reason: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly Check[];
}

export interface HealthSources {
  /** Why gateways are not heard, where that is as it should be. */
  readonly standing: () => string | undefined;
  /** Names of the services, and whether their gateways are heard. */
  readonly services: () => readonly { readonly name: string; readonly open: boolean }[];
  /** Why the store is not usable; undefined: it is. */
  readonly storeFault: () => string | undefined;
  /** Devices that must be up, with their state; undefined: no data path is wanted. @throws Error when the kernel cannot be asked */
  readonly devices: () => readonly Pick<ShownInterface, 'device' | 'state'>[] | undefined;
}

export function readiness(s: HealthSources): Readiness {
  const checks = [signalling(s), store(s), dataPath(s)];
  return { ready: checks.every((c) => c.ok), checks };
}

function signalling({ standing, services }: HealthSources): Check {
  const why = standing();
  if (why !== undefined) return { name: 'signalling', ok: false, reason: why };
  const closed = services().filter((x) => !x.open);
  return { name: 'signalling', ok: closed.length === 0, reason: closed.length === 0 ? 'gateways are heard' : `not yet open: ${closed.map((x) => x.name).join(', ')}` };
}

function store({ storeFault }: HealthSources): Check {
  const fault = storeFault();
  return { name: 'store', ok: fault === undefined, reason: fault === undefined ? 'bindings are stored' : `the last commit failed, and no gateway gets an answer until one succeeds: ${fault}` };
}

function dataPath({ devices }: HealthSources): Check {
  try {
    const all = devices();
    if (!all) return { name: 'data path', ok: true, reason: 'none is configured' };
    const down = all.filter((d) => d.state !== 'up');
    return { name: 'data path', ok: down.length === 0, reason: down.length === 0 ? 'attached' : down.map((d) => `${d.device} is ${d.state}`).join(', ') };
  } catch (e) {
    return { name: 'data path', ok: false, reason: (e as Error).message };
  }
}
