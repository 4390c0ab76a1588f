/** The command line of the benchmark. Pure. */
import { parseArgs } from 'node:util';

export const PARTS = ['handover', 'datapath', 'agent', 'anchor', 'restart', 'stations', 'scale', 'holding', 'live', 'fleet', 'quickjs'] as const;
export type Part = (typeof PARTS)[number];

export interface Arguments {
  readonly parts: readonly Part[];
  readonly quick: boolean;
  readonly help: boolean;
}

export const USAGE = `usage: npm run bench -- [options]

Measures the product on this machine (root, Linux): handovers in the lab, the data path against plain routing and kernel VXLAN,
the gateway's memory and start, the anchor's signalling, memory and restart, 500 stations that join at once and the cost of knowing that silent
phones are there, the anchor's data path with a million subscribers, what is lost in a roam with packets held at the anchor and without,
what the fleet service costs at 200 handovers a second, a fleet of 2,000 gateways on one cloud, and,
where there is a QuickJS (QJS=/path/to/qjs), a gateway on it beside one on Node. Prints a table each and writes bench-results.json.

  --quick        about three minutes instead of fifteen: fewer roams and rounds, so wider scatter
  --only PART    handover, datapath, agent, anchor, restart, stations, scale, holding, live, fleet or quickjs; may be given more than once
  --help
`;

/** @throws Error in words for an unknown option or part */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, help: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: [] } },
  });
  for (const name of values.only) if (!(PARTS as readonly string[]).includes(name)) throw new Error(`--only ${name}: the parts are ${PARTS.join(', ')}`);
  return { parts: values.only.length === 0 ? PARTS : PARTS.filter((p) => values.only.includes(p)), quick: values.quick, help: values.help };
}
