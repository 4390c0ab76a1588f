/** Traces in OTLP/JSON, as an OpenTelemetry collector takes them at /v1/traces: a span for each handover's part at this end, with an event for each stage. */
import { createHash } from 'node:crypto';
import type { ShownTrace } from '../../runtime/traces.ts';

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });

/** Nanoseconds since 1970, which JSON's numbers cannot hold. */
const nanos = (wall: number, later = 0): string => String(BigInt(Math.round((wall + later) * 1000)) * 1000n);

/** `service`: service.name */
export const otlpOf = (traces: readonly ShownTrace[], service: string): object => ({
  resourceSpans: [{ resource: { attributes: [attribute('service.name', service)] }, scopeSpans: [{ scope: { name: 'roamstead' }, spans: traces.map(span) }] }],
});

function span(t: ShownTrace): object {
  const last = Math.max(0, ...Object.values(t.stages));
  return {
    traceId: t.id,
    spanId: createHash('sha256').update(`${t.id} ${t.entity}`).digest('hex').slice(0, 16),
    name: t.kind,
    kind: 1, // SPAN_KIND_INTERNAL
    startTimeUnixNano: nanos(t.wall),
    endTimeUnixNano: nanos(t.wall, last),
    attributes: [attribute('pmip.mn', t.mnnai), attribute('pmip.reason', t.reason), ...Object.entries(t.detail).map(([key, value]) => attribute(`pmip.${key}`, String(value)))],
    events: Object.entries(t.stages).map(([name, ms]) => ({ timeUnixNano: nanos(t.wall, ms), name })),
  };
}
