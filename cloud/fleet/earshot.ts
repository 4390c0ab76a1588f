/** Homes within earshot of each other, by the marks of radios that gateways tell (agent/fleet/radio.ts). Pure. */
import type { Heartbeat } from '../../runtime/fleet/messages.ts';
import type { GatewayId } from '../../runtime/fleet/topics.ts';
import type { Topology } from '../api/resources/network.ts';

/** A mark that two homes call their own is nobody's: one of them lies, or a radio was moved. Each pair once, the smaller id first. */
export function earshot(radios: Iterable<readonly [GatewayId, Heartbeat['radio']]>): Topology['neighbours'] {
  const all = [...radios];
  const owners = new Map<string, GatewayId | undefined>();
  for (const [id, radio] of all) for (const mark of radio?.own ?? []) owners.set(mark, owners.has(mark) && owners.get(mark) !== id ? undefined : id);
  const pairs = new Map<string, Topology['neighbours'][number]>();
  for (const [id, radio] of all) {
    for (const mark of radio?.near ?? []) {
      const other = owners.get(mark);
      if (other === undefined || other === id) continue;
      const [from, to] = id < other ? [id, other] : [other, id];
      pairs.set(`${from} ${to}`, { from, to });
    }
  }
  return [...pairs.values()];
}
