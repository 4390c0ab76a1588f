/** What a gateway is to have against what it has, as far as both are known. */
import { CONCERNS, type GatewayId } from '../../runtime/fleet/topics.ts';
import type { HomeDetails } from '../api/resources/homes.ts';
import { diff } from './diff.ts';
import type { Registry } from './parts.ts';
import type { Published } from './published.ts';

export function createDifference(published: Pick<Published, 'document'>, registry: Pick<Registry, 'configuration'>): (id: GatewayId) => HomeDetails['difference'] {
  return (id) =>
    Object.fromEntries(
      CONCERNS.flatMap((concern) => {
        const { desired, running } = registry.configuration(id, concern);
        if (!desired) return [];
        const [is, wanted] = [running && published.document(id, concern, running), published.document(id, concern, desired)];
        // A gateway that never had a document works with nothing of it; one whose revision is not known works with something.
        if (wanted === undefined || (running && is === undefined)) return [];
        return [[concern, diff(is, wanted)]];
      }),
    );
}
