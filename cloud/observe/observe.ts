/** What watches the anchor: traces always, and over HTTP, where that is configured, metrics and readiness. */
import type { Paths } from '../../protocol/paths.ts';
import type { Now } from '../../protocol/units.ts';
import type { Counters } from '../../runtime/counters.ts';
import { shownAs } from '../../runtime/identities.ts';
import { interfaceStates } from '../../runtime/interfaces.ts';
import { createTraces, type Traces } from '../../runtime/traces.ts';
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

export interface ObservationOptions {
  readonly file: LmaFile;
  readonly store: BindingStore;
  readonly paths: Paths;
  readonly counters: Counters;
  readonly now: () => Now;
  readonly services: () => readonly ObservedService[];
  readonly accountings: () => Accountings;
  readonly onError: (error: Error) => void;
}

export interface Observation {
  readonly traces: Traces;
  readonly recorder: Recorder;
  /** The store that was given, watched. */
  readonly store: BindingStore;
  /** Answers from now on, if that is configured. @throws Error in words when the port cannot be had */
  listen(): Promise<void>;
  close(): void;
}

export function createObservation(o: ObservationOptions): Observation {
  const { file, now, services } = o;
  const ended = new AbortController();
  const { store, commits } = observeCommits(o.store, { now: () => now().at, onCommit: (...commit) => metrics?.commit(...commit) });
  const ready = () => readiness({ services: () => services().map((s) => ({ name: s.name, open: s.isOpen() })), storeFault: () => commits.fault(), devices: () => devicesOf(file) });
  const metrics: Metrics | undefined = file.observe && createMetrics({ services, accountings: o.accountings, counters: o.counters, paths: o.paths, ready: () => ready().ready });
  const traces = createTraces({ ...(file.observe ? { size: file.observe.traces } : {}), onStage: (...stage) => metrics?.stage(...stage) });
  const recorder = createRecorder({ traces, now, paths: file.datapath === 'none' ? undefined : o.paths, ended: ended.signal });
  // Whatever the log may say: this can be read by other users.
  const veiled = shownAs('pseudonymous');
  let http: { close(): void } | undefined;

  return {
    traces,
    recorder,
    store,
    async listen() {
      if (!file.observe || !metrics) return;
      http = await openHttp(file.observe.listen, { metrics: () => metrics.text(), metricsType: metrics.type, ready, traces: () => traces.all(veiled) }, o.onError);
    },
    close() {
      ended.abort();
      http?.close();
      metrics?.close();
    },
  };
}

/** Without these no subscriber's packet passes. */
function devicesOf(file: LmaFile): ReturnType<typeof interfaceStates> | undefined {
  if (file.datapath === 'none') return undefined;
  const spaces = [...new Set(file['lma-services'].map((s) => s['address-space']))];
  return interfaceStates([...file.transport, ...spaces.map((space) => `pmip${space}`)]);
}
