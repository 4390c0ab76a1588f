/** The anchor's troubles, and what its operators want of it. */
import type { World } from '../world.ts';
import { anyHome, anyPhone } from './draw.ts';

export function restartAnchor(w: World): string {
  w.anchor.kill();
  w.anchor.start();
  return 'the anchor restarts';
}

export function killAnchor(w: World): string {
  const time = w.random.pick([0, 20, 500, 3000, 20_000]);
  w.killAnchor(time);
  return `the anchor is killed for ${time} ms`;
}

export function storeTrouble(w: World): string {
  const { disk } = w.anchor;
  disk.mode = w.random.pick(['full', 'away']);
  disk.latency = [10, 400];
  const time = w.random.pick([300, 5000, 60_000]);
  const killed = w.random.chance(0.3);
  w.run(time / 2);
  if (killed) w.killAnchor(w.random.between(0, time));
  w.run(time / 2);
  const { mode } = disk;
  disk.mode = 'well';
  return `the store was ${mode} for ${time} ms${killed ? ', and the anchor was killed meanwhile' : ''}`;
}

export function slowStore(w: World): string {
  w.anchor.disk.latency = w.random.pick([undefined, [0.1, 4], [2, 60], [50, 900]] as const);
  return `a commit takes ${w.anchor.disk.latency?.join(' to ') ?? 0} ms`;
}

/** While it runs and can store what that changes; a clock that is set while nobody looks is the operator's to prevent. */
export function setAnchorClock(w: World): string {
  const { anchor } = w;
  if (anchor.nextAt() === Infinity) return 'nothing';
  anchor.disk.mode = 'well';
  w.run(2000);
  anchor.clockError = w.random.pick([0, 0, 20_000, -20_000, 3_600_000, -3_600_000]);
  anchor.feed({ kind: 'timer' });
  w.run(2000);
  return `the anchor's clock is wrong by ${anchor.clockError} ms`;
}

/** An operator has sessions registered anew (RFC 7077, reason 1). */
export function refresh(w: World): string {
  const phone = anyPhone(w);
  const scope = w.random.pick([{ kind: 'all' }, { kind: 'nai', nai: phone.nai }] as const);
  w.anchor.feed({ kind: 'notify', scope, reason: 1, acknowledge: w.random.pick([true, false]), administrative: true });
  return `the anchor wants ${scope.kind === 'all' ? 'every session' : phone.nai} registered anew`;
}

/** An operator ends sessions at the anchor (RFC 5846 §8.1). */
export function clearAtAnchor(w: World): string {
  const phone = anyPhone(w);
  const scope = w.random.pick([{ kind: 'all' }, { kind: 'nai', nai: phone.nai }, { kind: 'mag', mag: anyHome(w).identity }, { kind: 'realm', realm: '@world' }] as const);
  const trigger = w.random.pick([0, 1, 5, 6, 7]);
  w.anchor.feed({ kind: 'revoke', scope, trigger, reason: 'cleared' });
  return `the anchor revokes ${Object.values(scope).join(' ')}, trigger ${trigger}`;
}
