/** What passed on a wire of the lab, as tcpdump recorded it and as tshark, which knows nothing of ours, reads it. */
import { join } from 'node:path';
import { run } from './namespaces.ts';
import { sleep, until } from './processes.ts';
import type { World } from './world.ts';

export interface Capture {
  readonly file: string;
  stop(): Promise<void>;
}

/** @param filter of tcpdump; everything by default */
export async function startCapture(world: World, namespace: string, device: string, filter = ''): Promise<Capture> {
  const name = `capture-${namespace}-${device}`;
  const file = join(world.folder, `${name}.pcap`);
  const p = world.spawn({ name, namespace, argv: ['tcpdump', '-Z', 'root', '-U', '-s', '0', '-i', device, '-w', file, ...(filter ? [filter] : [])] });
  const begun = p.log().length;
  await until(`tcpdump (see ${p.logFile})`, 5000, () => p.log().slice(begun).includes('listening on'));
  return {
    file,
    async stop() {
      // The kernel hands packets to tcpdump in blocks.
      await sleep(300);
      await p.stop('SIGINT');
    },
  };
}

/** Everything that Wireshark's dissectors find malformed, and every warning and error of its experts. One line each. */
export const complaints = (file: string): string[] => listed(file, '_ws.malformed || _ws.expert.severity >= 6291456');

/**
 * The same without the experts' words on a phone's own TCP: that it lost a segment while it roamed, or was closed by a reset, is
 * a warning to them.
 */
export const faults = (file: string): string[] => listed(file, '_ws.malformed || (_ws.expert.severity >= 6291456 && !tcp)');

const listed = (file: string, filter: string): string[] => run(['tshark', '-n', '-r', file, '-Y', filter]).split('\n').filter(Boolean);

/** Fields of every packet that matches a display filter, as tshark decodes them; several values of a field are joined by commas. */
export function fields<K extends string>(file: string, filter: string, names: readonly K[]): Record<K, string>[] {
  const out = run(['tshark', '-n', '-r', file, '-Y', filter, '-T', 'fields', ...names.flatMap((name) => ['-e', name])]);
  return out.split('\n').filter(Boolean).map((line) => Object.fromEntries(line.split('\t').map((value, i) => [names[i], value])) as Record<K, string>);
}
