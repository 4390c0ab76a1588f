import type { DocumentVersion } from '../../../cloud/api/resources/rollouts.ts';
import type { HomeDetails } from '../../../cloud/api/resources/homes.ts';
import type { Concern } from '../../../runtime/fleet/topics.ts';
import { format, t } from '../../i18n/index.ts';
import { get } from '../../lib/api.ts';
import { search } from '../../lib/route.ts';
import { useResource } from '../../lib/resource.ts';
import { Diff } from '../../ui/diff.tsx';
import { Loaded } from '../../ui/page.tsx';

interface Change {
  readonly version: DocumentVersion;
  readonly before: DocumentVersion | undefined;
}

/** Of the documents that a home's is laid of, the one that was changed last. */
async function latest(home: Pick<HomeDetails, 'id' | 'group'>, concern: Concern): Promise<Change | null> {
  const scopes = [{ kind: 'fleet' }, { kind: 'group', id: home.group }, { kind: 'home', id: home.id }];
  const histories = await Promise.all(scopes.map((scope) => get<readonly DocumentVersion[]>(`/documents/history${search({ ...scope, concern })}`)));
  const changes = histories.flatMap(([version, before]) => (version ? [{ version, before }] : []));
  return changes.sort((a, b) => b.version.at - a.version.at)[0] ?? null;
}

/** What was new in the desired document; open where it is not known what the running one lacks of it. */
export function LastChange({ home, concern }: { readonly home: HomeDetails; readonly concern: Concern }) {
  const words = t().home;
  const revision = home.configuration[concern].desired?.rev ?? 0;
  const change = useResource<Change | null>(`${home.id} ${home.group} ${concern} ${revision}`, () => latest(home, concern));
  return (
    <Loaded of={change}>
      {(found) =>
        found && (
          <details class="last-change" open={home.configuration[concern].status !== 'applied' && home.difference[concern] === undefined}>
            <summary>{words.lastChange(t().common.sources[found.version.scope.kind], found.version.by, format().dateTime(found.version.at))}</summary>
            <Diff before={found.before?.document} after={found.version.document} />
          </details>
        )
      }
    </Loaded>
  );
}
