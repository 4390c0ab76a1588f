/** What the process itself costs, under the names that dashboards for Node know. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

export interface ProcessMetrics {
  /** Brings the gauges up to date; the event loop's delay is that since the last time. */
  refresh(): void;
  close(): void;
}

const QUANTILES = [50, 90, 99] as const;

export function processMetrics(registry: Registry): ProcessMetrics {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [registry] });
  const longest = gauge('nodejs_eventloop_lag_max_seconds', 'Longest delay of the event loop since the last scrape');
  const lags = QUANTILES.map((q) => [q, gauge(`nodejs_eventloop_lag_p${q}_seconds`, `Delay of the event loop since the last scrape, percentile ${q}`)] as const);
  const resident = gauge('process_resident_memory_bytes', 'Resident memory');
  const heap = gauge('nodejs_heap_size_used_bytes', 'Heap in use');
  const cpu = gauge('process_cpu_seconds_total', 'Processor time, user and system');
  gauge('process_start_time_seconds', 'When the process started, since 1970').set(Math.round(Date.now() / 1000 - process.uptime()));
  new Gauge({ name: 'nodejs_version_info', help: 'Version of Node', labelNames: ['version'], registers: [registry] }).set({ version: process.version }, 1);

  return {
    refresh() {
      longest.set(delay.max / 1e9);
      for (const [q, lag] of lags) lag.set(delay.percentile(q) / 1e9);
      delay.reset();
      const { rss, heapUsed } = process.memoryUsage();
      const { user, system } = process.cpuUsage();
      resident.set(rss);
      heap.set(heapUsed);
      cpu.set((user + system) / 1e6);
    },
    close: () => void delay.disable(),
  };
}
