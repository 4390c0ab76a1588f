/** Where it was measured: results of different machines are not compared, and those of a busy one not trusted. */
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly kernel: string;
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryMiB: number;
  /** Over the last minute, before anything was started. */
  readonly loadBefore: number;
}

export const machine = (): Machine => ({
  kernel: release(),
  node: process.versions.node,
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 2 ** 20),
  loadBefore: loadavg()[0] ?? 0,
});
