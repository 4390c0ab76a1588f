/** A terminal at an agent's or anchor's debug, without a socket: everything that it is told. */
import type { Stream } from '../../runtime/control.ts';
import type { DebugEvent, DebugServer } from '../../runtime/debug.ts';

export interface DebugTerminal {
  /** Lines so far, the turn being over. */
  lines(): Promise<readonly string[]>;
  /** The last event's reason, if it was the end. */
  reason(): string | undefined;
  hangUp(): void;
}

/** @throws Error in words when the request is refused */
export function debugTerminal(server: DebugServer, request: Readonly<Record<string, unknown>>): DebugTerminal {
  const events: DebugEvent[] = [];
  const closers: (() => void)[] = [];
  const hangUp = (): void => closers.forEach((call) => call());
  const stream: Stream = {
    send: (event) => events.push(event as DebugEvent) > 0,
    end(event) {
      events.push(event as DebugEvent);
      hangUp();
    },
    drained: () => Promise.resolve(),
    onClose: (call) => void closers.push(call),
  };
  server.streams.debug({ command: 'debug', ...request })(stream);
  return {
    async lines() {
      await new Promise<void>((resolve) => setImmediate(resolve));
      return events.flatMap((e) => (e.kind === 'line' ? [e.line] : []));
    },
    reason() {
      const last = events.at(-1);
      return last?.kind === 'off' ? last.reason : undefined;
    },
    hangUp,
  };
}
