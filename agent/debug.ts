/** The agent's `debug`, which most gateways are never asked for: its words are loaded with the first terminal, and nothing is looked at before. */
import type { Handlers, StreamHandlers } from '../runtime/control.ts';
import type { AgentDebug, Observers } from './debug/topics.ts';

export interface DebugOnDemand extends Observers {
  /** For the control socket. */
  readonly handlers: Handlers;
  readonly streams: StreamHandlers;
  /** Every terminal is told why, and left. */
  close(): void;
}

/** @param load of the words; once */
export function debugOnDemand(load: () => Promise<AgentDebug>): DebugOnDemand {
  let loading: Promise<AgentDebug> | undefined;
  let loaded: AgentDebug | undefined;
  const wanted = (): Promise<AgentDebug> => (loading ??= load().then((debug) => (loaded = debug)));
  return {
    step: (event, effects) => loaded?.step(event, effects),
    access: (device, trace) => loaded?.access(device, trace),
    packets: {
      message: (...passed) => loaded?.packets.message(...passed),
      discarded: (reason) => loaded?.packets.discarded(reason),
    },
    radius: (...passed) => loaded?.radius(...passed),
    handlers: {
      undebug: (request) => loaded?.server.handlers['undebug']?.(request) ?? 0,
      'show debugging': (request) => loaded?.server.handlers['show debugging']?.(request) ?? [],
    },
    streams: { debug: async (request) => (await wanted()).server.streams.debug(request) },
    close: () => loaded?.server.close(),
  };
}
