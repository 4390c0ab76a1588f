/**
 * `ubus call roamstead status`: what the home's owner asks and says, where OpenWrt's programs and its web interface look for it.
 * A poll costs the agent one answer and no process. A refusal comes as `error` in words: LuCI passes no words beside a status.
 */
import { existsSync } from 'node:fs';
import type { Now } from '../protocol/units.ts';
import type { Handlers } from '../runtime/control.ts';
import type { Log } from '../runtime/log.ts';
import { createLoop, type Loop } from '../runtime/loop.ts';
import { fromJson, toJson } from './wifi/ubus/json.ts';
import { createProvider, deadline, step, type Asked, type Methods, type ProviderEffect, type ProviderInput } from './wifi/ubus/object.ts';
import { UBUS_SOCKETS, ubusSocket, type StreamSocket } from './wifi/ubusSocket.ts';

/** By method; the handler of each is `agent METHOD`. */
export const METHODS = {
  status: {},
  pause: {},
  resume: {},
  cap: { 'maximum-guests': 'int32', 'up-rate': 'string', 'down-rate': 'string' },
  unclaim: {},
} as const satisfies Methods;

export interface UbusObjectOptions {
  /** ubusd's socket, if it is not where OpenWrt has it. */
  readonly socket?: string | undefined;
  readonly handlers: Handlers;
  readonly now: () => Now;
  readonly log: Log;
  readonly onCount: (reason: string) => void;
}

/** Nothing where no ubusd is: this is no OpenWrt. */
export function openUbusObject({ socket: path, handlers, now, log, onCount }: UbusObjectOptions): { close(): void } {
  const paths = path === undefined ? UBUS_SOCKETS : [path];
  if (!paths.some((p) => existsSync(p))) return { close: () => undefined };
  const open = ubusSocket(paths);
  const provider = createProvider('roamstead', METHODS);
  let socket: StreamSocket | undefined;
  let missing: string | undefined;

  async function call(asked: Asked, method: string, given: object): Promise<void> {
    let result: unknown;
    try {
      result = await handlers[`agent ${method}`]?.({ ...given, command: `agent ${method}` });
    } catch (e) {
      result = { error: (e as Error).message };
    }
    loop.feed({ kind: 'answered', asked, result: fromJson(result instanceof Object ? result : {}) });
  }

  function perform(effect: ProviderEffect): void {
    switch (effect.kind) {
      case 'open':
        socket = open(
          (octets) => loop.feed({ kind: 'octets', octets }),
          (reason) => loop.feed({ kind: 'failed', reason }),
        );
        return;
      case 'close':
        return socket?.close();
      case 'send':
        return socket?.send(effect.octets);
      case 'call':
        return void call(effect.asked, effect.method, toJson(effect.given));
      case 'published':
        if (effect.missing !== undefined && effect.missing !== missing) log('warn', `the object roamstead is not on ubus: ${effect.missing}; tried again`);
        missing = effect.missing;
        return;
      case 'count':
        return onCount(effect.reason);
    }
  }

  const loop: Loop<ProviderInput> = createLoop<ProviderInput, ProviderEffect>({
    step: (input, { at }) => step(provider, input, at),
    deadline: () => deadline(provider),
    perform,
    timer: { kind: 'timer' },
    now,
    onError: (e) => onCount(`error ${e.name}`),
  });
  loop.feed({ kind: 'timer' });
  return {
    close() {
      loop.stop();
      socket?.close();
    },
  };
}
