#!/usr/bin/env node
// What each subscriber used at each home, from the anchor's event stream (docs/ACCOUNTING.md).
//   node examples/billing/sums.mjs /var/lib/roamstead/lma/events/lma1
// Every file is read from its beginning, oldest first; whoever runs it again gets the same. A billing system would remember the last
// `seq` that it has booked and go on behind it: files are only appended to, and never renamed.
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('sums: name the folder of the event stream\n');
  process.exit(2);
}

/** By session: what its last record said. By subscriber and home: what passed there. */
const sessions = new Map();
const used = new Map();
let last = 0;

function book(record) {
  if (record.v !== 1) throw new Error(`record ${record.seq} has version ${record.v}, and this program knows 1`);
  if (record.seq <= last) return; // told again
  last = record.seq;
  const { of: session } = record;
  if (!session) return;
  const before = sessions.get(session.session) ?? { upOctets: 0, downOctets: 0 };
  // Sums are since the start of the session: the difference passed where it was until now.
  const key = `${session.subscriber} ${(session.from ?? session).home}`;
  const sum = used.get(key) ?? { up: 0, down: 0 };
  sum.up += session.usage.upOctets - before.upOctets;
  sum.down += session.usage.downOctets - before.downOctets;
  used.set(key, sum);
  if (record.event === 'stop') sessions.delete(session.session);
  else sessions.set(session.session, session.usage);
}

for (const file of filesIn(folder).filter((f) => f.startsWith('events-')).toSorted()) {
  for await (const line of createInterface({ input: createReadStream(join(folder, file)) })) {
    // The last line may still be being written.
    if (line.endsWith('}')) book(JSON.parse(line));
  }
}

for (const [key, { up, down }] of [...used].toSorted(([a], [b]) => (a < b ? -1 : 1))) process.stdout.write(`${key} up ${up} down ${down}\n`);

function filesIn(path) {
  try {
    return readdirSync(path);
  } catch (e) {
    process.stderr.write(`sums: ${path} cannot be read: ${e.code}\n`);
    process.exit(1);
  }
}
