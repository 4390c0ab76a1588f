import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { AccountingStatistics } from '../../cloud/accounting/statistics.ts';
import { accountingMetrics } from '../../cloud/observe/accountingMetrics.ts';

const statistics = (more: Partial<AccountingStatistics> = {}): AccountingStatistics => ({ sessions: 2, waiting: 3, silent: true, stalled: false, made: { start: 2, interim: 5, stop: 0 } as unknown as AccountingStatistics['made'], delivered: 4, superseded: 1, lost: 0, ...more });

it('accounting is counted by service, however often it is looked at', async () => {
  const registry = new Registry();
  const services = new Map([['lma1', { statistics: () => statistics() }], ['lma2', { statistics: () => statistics({ waiting: 0, silent: false, stalled: true }) }]]);
  const refresh = accountingMetrics(registry, () => services);
  refresh();
  refresh();
  const text = await registry.metrics();
  for (const line of [
    'pmip_accounting_waiting{service="lma1"} 3',
    'pmip_accounting_silent{service="lma1"} 1',
    'pmip_accounting_stalled{service="lma2"} 1',
    'pmip_accounting_records_total{service="lma1",event="interim"} 5',
    'pmip_accounting_done_total{service="lma2",result="superseded"} 1',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});
