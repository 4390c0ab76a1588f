/** What watches the anchor: traces always, and over HTTP, where that is configured, metrics and readiness. */
import type { Paths } from '../../protocol/paths.ts';
import type { Now } from '../../protocol/units.ts';
import type { Counters } from '../../runtime/counters.ts';
import { shownAs } from '../../runtime/identities.ts';
import { interfaceStates } from '../../runtime/interfaces.ts';
import { createTraces, type Trace, type Traces } from '../../runtime/traces.ts';
import type { LmaFile } from '../config.ts';
import type { BindingStore } from '../lma/bindingStore.ts';
import type { Lma } from '../lma/lma.ts';
import type { Accountings } from './accountingMetrics.ts';
import { observeCommits } from './commits.ts';
import { readiness } from './health.ts';
import { openHttp } from './http.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createRecorder, type Recorder } from './recorder.ts';

export interface ObservedService {
  readonly name: string;
  readonly lma: Lma;
  /** Are its gateways heard? */
  isOpen(): boolean;
}

/** What an anchor has that is active. */
export interface Running {
  readonly services: readonly ObservedService[];
  readonly paths: Paths;
  readonly accountings: Accountings;
}

export interface ObservationOptions {
  readonly file: LmaFile;
  readonly store: BindingStore;
  readonly counters: Counters;
  readonly now: () => Now;
  /** Of two anchors that share a store. */
  readonly role: () => 'alone' | 'active' | 'standby' | 'waiting for the store' | 'ended';
  /** False: another one may have taken over. */
  readonly mayAnswer: () => boolean;
  /** Each stage of a trace as it becomes known. */
  readonly onStage: (trace: Trace, stage: string) => void;
  /** Undefined until its turn. */
  readonly running: () => Running | undefined;
  readonly onError: (error: Error) => void;
}

export interface Observation {
  readonly traces: Traces;
  readonly recorder: Recorder;
  /** The store that was given, watched. */
  readonly store: BindingStore;
  /** Answers from now on, if that is configured; the port. @throws Error in words when it cannot be had */
  listen(): Promise<number | undefined>;
  close(): void;
}

export function createObservation(o: ObservationOptions): Observation {
  const { file, now, running } = o;
  const services = (): readonly ObservedService[] => running()?.services ?? [];
  const ended = new AbortController();
  const { store, commits } = observeCommits(o.store, { now: () => now().at, onCommit: (...commit) => metrics?.commit(...commit) });
  const ready = () => readiness({ standing: () => standing(o), services: () => services().map((s) => ({ name: s.name, open: s.isOpen() })), storeFault: () => commits.fault(), devices: () => devicesOf(file) });
  const metrics: Metrics | undefined = file.observe && createMetrics({ services, accountings: () => running()?.accountings ?? new Map(), counters: o.counters, drops: () => running()?.paths.drops() ?? {}, holding: () => running()?.paths.holding?.(), ready: () => ready().ready });
  const traces = createTraces({ ...(file.observe ? { size: file.observe.traces } : {}), onStage: (...stage) => {
    metrics?.stage(...stage);
    o.onStage(stage[0], stage[1]);
  } });
  const recorder = createRecorder({ traces, now, paths: () => (file.datapath === 'none' ? undefined : running()?.paths), ended: ended.signal });
  // Whatever the log may say: this can be read by other users.
  const veiled = shownAs('pseudonymous');
  let http: { close(): void } | undefined;

  return {
    traces,
    recorder,
    store,
    async listen() {
      if (!file.observe || !metrics) return undefined;
      const opened = await openHttp(file.observe.listen, { metrics: () => metrics.text(), metricsType: metrics.type, ready, traces: () => traces.all(veiled) }, o.onError);
      http = opened;
      return opened.port;
    },
    close() {
      ended.abort();
      http?.close();
      metrics?.close();
    },
  };
}

/** Why it serves nobody, although nothing is wrong. */
function standing({ role, mayAnswer, running }: ObservationOptions): string | undefined {
  if (role() === 'standby') return 'this anchor stands by: the other one is active';
  if (role() === 'waiting for the store') return 'the store that two anchors share does not answer';
  if (!mayAnswer()) return 'the other anchor may have taken over: this one answers nobody';
  return running() ? undefined : 'starting';
}

/** Without these no subscriber's packet passes. */
function devicesOf(file: LmaFile): ReturnType<typeof interfaceStates> | undefined {
  if (file.datapath === 'none') return undefined;
  const spaces = [...new Set(file['lma-services'].map((s) => s['address-space']))];
  return interfaceStates([...file.transport, ...spaces.map((space) => `pmip${space}`)]);
}
