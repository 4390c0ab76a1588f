/** `show … traces` of either end: attachments and handovers stage by stage. */
import { printable } from '../../runtime/log.ts';
import type { ShownTrace } from '../../runtime/traces.ts';

const STAGES: Readonly<Record<string, string>> = {
  associated: 'associated',
  profile: 'profile',
  pbuSent: 'PBU sent',
  pbuReceived: 'PBU received',
  pathsSwitched: 'paths switched',
  stored: 'stored',
  pbaSent: 'PBA sent',
  pbaReceived: 'PBA received',
  firstPacket: 'first packet down',
};

/** A line each, the newest last, as a terminal shows it. */
export const traces = (all: readonly ShownTrace[]): string =>
  all
    .toReversed()
    .map((t) => {
      const time = new Date(t.wall).toISOString().slice(11, 23);
      const at = t.detail['mag'] ?? t.detail['lma'] ?? '';
      const way = t.kind === 'handover' ? `handover ${String(t.detail['before'] ?? '?')} -> ${String(at)}` : `${t.kind} ${t.entity === 'lma' ? 'at' : 'with'} ${String(at)}`;
      const stages = Object.entries(t.stages).map(([name, ms]) => `${STAGES[name] ?? name} ${ms.toFixed(1)}`);
      return `${printable(`${time}  ${t.mnnai}  ${way}  ${stages.join('  ')} ms`)}\n`;
    })
    .join('') || 'none\n';
