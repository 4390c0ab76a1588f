/**
 * Speaks as an anchor's control socket does, without being one, so that what the fleet service costs is measured alone:
 * node bench/liveAnchor.mjs SOCKET SESSIONS GATEWAYS HANDOVERS-A-SECOND. Each session walks on when its turn comes.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';

const [, , path, ...numbers] = process.argv;
const [sessions, gateways, rate] = numbers.map(Number);
const EVERY = 50;
const PAGE = 250;
const PACKET = Buffer.alloc(220, 7).toString('base64');
const at = new Uint32Array(sessions).map((_, i) => i % gateways);
const streams = { follow: new Set(), capture: new Set() };
let clock = 0;

const name = (i) => `mn${i}@example.com`;
const mac = (i) => `02:00:${(i >>> 24) & 255}:${(i >>> 16) & 255}:${(i >>> 8) & 255}:${i & 255}`;
const home = (i) => `10.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`;
const traceId = (sender, exchange) => createHash('sha256').update(`${sender} ${exchange}`).digest('hex').slice(0, 32);
const facts = (i) => ({ mnnai: name(i), llid: mac(i), state: 'ACTIVE', apn: 'internet', mag: `m${at[i]}`, coa: '203.0.113.1', encap: 'udp4', lifetime: 3600 });

const answers = {
  'show standby': { role: 'alone' },
  'show lma-service statistics': [{ 'lma-service': 'lma1', pools: [{ pool: 'v4', family: 'ipv4', used: sessions, free: sessions }] }],
  'show lma statistics': {},
  'show lma gateways': [],
};

async function list(socket) {
  for (let from = 0; from < sessions; from += PAGE) {
    const page = Array.from({ length: Math.min(PAGE, sessions - from) }, (_, k) => ({ index: from + k + 1, ...facts(from + k), hoa: home(from + k), hnps: [`2001:db8:${(from + k).toString(16).replace(/(.{4})$/, ':$1')}::/64`], upOctets: '1', downOctets: '2' }));
    if (!socket.write(`${JSON.stringify({ kind: 'page', sessions: page })}\n`)) await new Promise((resolve) => socket.once('drain', resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.end(`${JSON.stringify({ kind: 'end', sessions })}\n`);
}

function walk() {
  const all = [];
  for (let n = 0; n < (rate * EVERY) / 1000; n++) {
    clock += 1;
    const i = (clock * 7919) % sessions;
    const before = `m${at[i]}`;
    at[i] = (at[i] + 1) % gateways;
    const wall = Date.now();
    const mag = `m${at[i]}`;
    all.push({ kind: 'session', index: i + 1, service: 'lma1', reason: 'handover', wall, addresses: [home(i)], ...facts(i) });
    all.push({ kind: 'trace', trace: { id: traceId(mag, clock), entity: 'lma', kind: 'handover', mnnai: name(i), detail: { index: i + 1, mag, before, handoff: 3 }, reason: 'handover', wall, stages: { pbuSent: 0, pbuReceived: 5, pathsSwitched: 5.5, stored: 7, pbaSent: 7.2 } } });
    for (const socket of streams.capture) for (let k = 0; k < 4; k++) socket.write(`${JSON.stringify({ kind: 'packet', at: wall, packet: PACKET })}\n`);
  }
  for (const socket of streams.follow) socket.write(`${JSON.stringify({ kind: 'happened', all })}\n`);
}

createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('close', () => Object.values(streams).forEach((s) => s.delete(socket)));
  socket.on('data', (data) => {
    const { command } = JSON.parse(String(data));
    socket.write(`${JSON.stringify({ ok: true, result: answers[command] })}\n`);
    if (command === 'show lma-service sessions') void list(socket);
    else if (streams[command]) {
      socket.write(`${JSON.stringify({ kind: 'on', seconds: 1 })}\n`);
      streams[command].add(socket);
    }
  });
}).listen(path, () => process.stdout.write('ready\n'));

process.stdin.once('data', () => setInterval(walk, EVERY));
// Whoever started it has ended, perhaps without a word.
process.stdin.once('end', () => process.exit());
