import type { ComponentChildren } from 'preact';
import type { HomeDetails } from '../../../cloud/api/resources/homes.ts';
import { format, t } from '../../i18n/index.ts';
import { to } from '../../lib/paths.ts';
import { Badge } from '../../ui/badge.tsx';
import { Copyable } from '../../ui/commandHint.tsx';
import { Fact, Figure } from '../../ui/figure.tsx';
import { Note, Section } from '../../ui/page.tsx';

export function Overview({ home }: { readonly home: HomeDetails }) {
  const words = t().home;
  const { number, bytes, dateTime, ago, duration, date } = format();
  const when = (at: number | undefined): ComponentChildren => (at === undefined ? t().common.never : <time title={dateTime(at)}>{ago(at, Date.now())}</time>);
  return (
    <div class="stack">
      <div class="figures">
        <Figure label={t().shell.pages.subscribers} value={number(home.subscribers)} note={words.now} />
        <Figure label={t().homes.down} value={bytes(home.bytesDown)} note={words.sinceStart} />
        <Figure label={t().homes.up} value={bytes(home.bytesUp)} note={words.sinceStart} />
        {home.memory !== undefined && <Figure label={words.memory} value={bytes(home.memory)} note={words.ofAgent} />}
        {home.uptime !== undefined && <Figure label={words.uptime} value={duration(home.uptime)} note={words.ofAgent} />}
      </div>
      <div class="grid">
        <Section title={words.gateway}>
          <dl class="facts">
            <Fact label={t().homes.lastSeen}>{when(home.lastSeen)}</Fact>
            <Fact label={home.status === 'offline' ? words.offlineSince : words.since}>{when(home.since)}</Fact>
            <Fact label={t().homes.agent}>{home.agent ?? t().common.unknown}</Fact>
            <Fact label={t().homes.certificate}>{home.certificateExpires === undefined ? t().common.none : date(home.certificateExpires)}</Fact>
            <Fact label={t().homes.identity}>{home.identity}</Fact>
            <Fact label={t().homes.id}>
              <Copyable text={home.id} />
            </Fact>
            {home.notes && <Fact label={t().homes.notes}>{home.notes}</Fact>}
          </dl>
        </Section>
        <div class="stack">
        <Section title={words.tunnels}>
          {home.lmas.length === 0 ? (
            <Note tone="warn">{words.noLmas}</Note>
          ) : (
            <ul class="lines">
              {home.lmas.map((lma) => (
                <li key={lma.id}>
                  <a href={to.lma(lma.id)}>{lma.id}</a>
                  {lma.reachable ? (
                    <Badge tone="good" icon="check">
                      {words.reachable}
                    </Badge>
                  ) : (
                    <Badge tone="bad" icon="cross">
                      {words.unreachable}
                    </Badge>
                  )}
                </li>
              ))}
            </ul>
          )}
        </Section>
          <Sharing home={home} />
        </div>
      </div>
    </div>
  );
}

/** What the home's owner decided on the router; nobody else can raise it. */
function Sharing({ home }: { readonly home: HomeDetails }) {
  const words = t().home;
  const { number } = format();
  const rate = (bits: number | undefined): string => (bits === undefined ? words.asFleet : words.megabits(number(bits / 1e6, 1)));
  return (
    <Section title={words.sharing}>
      {home.sharing === undefined ? (
        <p class="muted">{words.sharingUnknown}</p>
      ) : (
        <dl class="facts">
          <Fact label={t().common.status}>{home.sharing.paused ? words.paused : words.shares}</Fact>
          <Fact label={words.guests}>{home.sharing.maximumGuests === undefined ? words.asFleet : number(home.sharing.maximumGuests)}</Fact>
          <Fact label={t().homes.down}>{rate(home.sharing.downRate)}</Fact>
          <Fact label={t().homes.up}>{rate(home.sharing.upRate)}</Fact>
        </dl>
      )}
      <p class="muted small">{words.sharingHelp}</p>
    </Section>
  );
}
