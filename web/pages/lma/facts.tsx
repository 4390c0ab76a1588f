import type { Lma } from '../../../cloud/api/resources/network.ts';
import { format, t } from '../../i18n/index.ts';
import { Badge } from '../../ui/badge.tsx';

export function LmaBadge({ lma }: { readonly lma: Lma }) {
  const words = t().lma;
  return (
    <Badge tone={lma.reachable ? 'good' : 'bad'} icon={lma.reachable ? 'check' : 'cross'}>
      {lma.reachable ? words.reachable : words.unreachable}
    </Badge>
  );
}

export function LmaFacts({ lma }: { readonly lma: Lma }) {
  const words = t().lma;
  return (
    <dl class="lma-facts">
      <div>
        <dt>{words.bindings}</dt>
        <dd>{format().number(lma.bindings)}</dd>
      </div>
      <div>
        <dt>{words.gateways}</dt>
        <dd>{format().number(lma.gateways)}</dd>
      </div>
      {lma.role && (
        <div>
          <dt>{words.role}</dt>
          <dd>{lma.role}</dd>
        </div>
      )}
    </dl>
  );
}
