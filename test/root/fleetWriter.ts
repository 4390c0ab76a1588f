/** A process that writes to the fleet's store until somebody kills it, and says which rounds were acknowledged. */
import { openFileStore } from '../../cloud/fleet/store/fileStore.ts';
import type { Change, Stored, Streamed } from '../../cloud/fleet/ports.ts';

const [folder = '', from = '0'] = process.argv.slice(2);
const store = await openFileStore({ folder, onError: () => undefined, checkpointOctets: 3000, segmentOctets: 1500 });
for (let round = Number(from); ; round++) {
  const changes: Change[] = [
    { append: 'events', record: { at: round, round } as Streamed },
    { put: 'gateways', record: { id: 'one', round, text: 'x'.repeat(round % 300) } as Stored },
    { append: 'handovers', record: { at: round, round } as Streamed },
    // Two rounds later a line of every seventh is dropped.
    ...(round % 7 === 5 ? [{ drop: 'events', numbers: [round - 1] }] : []),
  ];
  await store.commit(changes);
  process.stdout.write(`${round}\n`);
}
