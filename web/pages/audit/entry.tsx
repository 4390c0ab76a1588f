import type { AuditEntry } from '../../../cloud/api/resources/network.ts';
import type { Page } from '../../../cloud/api/resources/answers.ts';
import { format, t } from '../../i18n/index.ts';
import { to } from '../../lib/paths.ts';
import { useResource } from '../../lib/resource.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Copyable } from '../../ui/commandHint.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Diff } from '../../ui/diff.tsx';
import { Fact } from '../../ui/figure.tsx';
import { ErrorNote, Loading } from '../../ui/page.tsx';
import { nameOf } from './nameOf.ts';

/** One entry with what it changed; a link to one that is not on this page finds it, too. */
export function Entry({ number, known, onClose }: { readonly number: number; readonly known: AuditEntry | undefined; readonly onClose: () => void }) {
  const words = t().audit;
  const asked = useResource<Page<AuditEntry>>(known || !Number.isSafeInteger(number) ? undefined : `/audit?limit=1&after=${number + 1}`);
  const found = known ?? asked.data.value?.items.find((e) => e.number === number);
  return (
    <Dialog title={words.entry(number)} wide onClose={onClose}>
      {found ? <Content entry={found} /> : asked.error.value ? <ErrorNote error={asked.error.value} /> : asked.loading.value ? <Loading /> : <p>{words.noEntry}</p>}
    </Dialog>
  );
}

function Content({ entry }: { readonly entry: AuditEntry }) {
  const words = t().audit;
  const nothing = entry.before === undefined && entry.after === undefined;
  const home = /^gw-[a-z2-7]{26}$/.test(entry.target) ? to.home(entry.target) : entry.target.startsWith('mn-') ? to.subscriber(entry.target) : undefined;
  return (
    <>
      <dl class="facts">
        <Fact label={words.when}>{format().dateTime(entry.at)}</Fact>
        <Fact label={words.who}>{entry.by || words.nobody}</Fact>
        <Fact label={words.action}>{entry.action}</Fact>
        <Fact label={words.target}>{home ? <a href={home}>{nameOf(entry.target)}</a> : entry.target}</Fact>
        {entry.reason && <Fact label={t().common.reason}>{entry.reason}</Fact>}
      </dl>
      {nothing ? <p class="muted">{words.noChange}</p> : <Diff before={entry.before} after={entry.after} />}
      <div>
        <p class="muted">{words.hash}</p>
        <Copyable text={entry.hash} />
      </div>
      {home && (
        <div class="row-of">
          <ButtonLink href={`/audit?target=${encodeURIComponent(entry.target)}`} icon="filter">
            {words.sameTarget}
          </ButtonLink>
        </div>
      )}
    </>
  );
}
