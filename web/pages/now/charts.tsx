import type { Overview } from '../../../cloud/api/resources/network.ts';
import { format, t } from '../../i18n/index.ts';
import { Chart } from '../../ui/chart.tsx';
import { EmptyState, Section } from '../../ui/page.tsx';

/** The last hour, minute by minute. Minutes without a handover have neither a success nor a time. */
export function Charts({ history, quiet }: { readonly history: Overview['history']; readonly quiet: boolean }) {
  const words = t().now;
  const { number, percent, duration } = format();
  const times = history.map((h) => h.at);
  const moved = (value: (h: Overview['history'][number]) => number): (number | undefined)[] => history.map((h) => (h.handovers > 0 ? value(h) : undefined));
  const count = (v: number): string => number(v, v < 10 ? 1 : 0);
  return (
    <>
      <Section title={words.handoversChart}>
        {quiet ? (
          <EmptyState icon="swap" title={words.quiet}>
            {words.quietHelp}
          </EmptyState>
        ) : (
          <Chart label={words.handoversChart} times={times} series={[{ name: words.perMinute, colour: '--accent', values: history.map((h) => h.handovers), show: count, filled: true }]} />
        )}
      </Section>
      {!quiet && (
        <>
          <Section title={words.timeChart}>
            <Chart
              label={words.timeChart}
              times={times}
              series={[
                { name: words.half, colour: '--accent', values: moved((h) => h.p50), show: duration },
                { name: words.slowest, colour: '--warn', values: moved((h) => h.p99), show: duration, dashed: true },
              ]}
            />
          </Section>
          <Section title={words.successChart}>
            <Chart label={words.successChart} times={times} series={[{ name: words.success, colour: '--good', values: moved((h) => h.success), show: percent, filled: true }]} range={[Math.min(0.9, ...history.map((h) => h.success - 0.01)), 1]} />
          </Section>
        </>
      )}
      <Section title={words.subscribersChart}>
        <Chart label={words.subscribersChart} times={times} series={[{ name: t().shell.pages.subscribers, colour: '--accent', values: history.map((h) => h.subscribers), show: count, filled: true }]} />
      </Section>
      <Section title={words.homesChart}>
        <Chart label={words.homesChart} times={times} series={[{ name: words.homesOnline, colour: '--good', values: history.map((h) => h.online), show: count, filled: true }]} />
      </Section>
    </>
  );
}
