/** A dialogue with the anchor as text: what comes in, and everything that step does about it. */
import type { Endpoint } from '../../protocol/entity.ts';
import { describeTransition } from '../../protocol/entity.ts';
import { describeStatus } from '../../protocol/mobility/codes.ts';
import type { MobilityMessage } from '../../protocol/mobility/messages.ts';
import type { MobilityOption } from '../../protocol/mobility/options.ts';
import type { LmaConfig } from '../../cloud/lma/config.ts';
import type { LmaEffect, LmaEvent } from '../../cloud/lma/lma.ts';
import { Anchor } from './pbu.ts';

export class Transcript extends Anchor {
  private readonly lines: string[] = [];

  constructor(intent: string, config?: LmaConfig) {
    super(config);
    this.lines.push(...intent.split('\n').map((l) => `# ${l.trim()}`), '');
  }

  override take(event: LmaEvent): LmaEffect[] {
    const clock = (this.now.at / 1000).toFixed(3).padStart(9);
    if (event.kind === 'message') this.lines.push(`${clock}  ${nameOf(event.peer, event.from)} -> lma  ${describeMessage(event.message)}`);
    else if (event.kind === 'unknownMessage') this.lines.push(`${clock}  ${event.from.remote} -> lma  MH type ${event.mhType}`);
    else this.lines.push(`${clock}  ${event.kind}`);
    const effects = super.take(event);
    for (const effect of effects) if (effect.kind !== 'session') this.lines.push(`             ${describeEffect(effect)}`);
    return effects;
  }

  /** What a reader should know at this point. */
  note(text: string): void {
    this.lines.push(`           - ${text}`);
  }

  text(): string {
    return `${this.lines.join('\n')}\n`;
  }
}

const nameOf = (peer: string | undefined, e: Endpoint): string => peer?.split('@')[0] ?? e.remote;

/** What accounting hears repeats the transition. */
function describeEffect(e: Exclude<LmaEffect, { readonly kind: 'session' }>): string {
  switch (e.kind) {
    case 'send':
      return `lma -> ${nameOf(e.peer, e.to)}  ${describeMessage(e.message)}`;
    case 'transition':
      return describeTransition(e);
    case 'discard':
      return `discarded: ${e.reason}`;
    case 'setPath': {
      const { tunnel: t, ipv4, prefixes } = e.path;
      return `path ${e.path.index}: ${[ipv4, ...prefixes.map((p) => `${p.address}/${p.length}`)].filter(Boolean).join(' ')} through ${t.transport} to ${t.remote}, keys ${hex(t.sendKey)} down ${hex(t.receiveKey)} up, mtu ${t.mtu}`;
    }
    case 'removePath':
      return `path ${e.index} removed`;
    case 'storeBinding':
      return `binding ${e.key} stored`;
    case 'keepAtRest':
      return `${e.record.address} rests, stored`;
    case 'forgetBinding':
      return `binding ${e.key} forgotten`;
    case 'peer':
      return `gateway ${e.peer.id} at ${e.peer.endpoint.remote}`;
    case 'revoked':
      return `order ${e.id}: ${e.report.bindings} revoked, ${e.report.unanswered} unanswered, ${e.report.refused} refused`;
  }
}

const hex = (key: number): string => key.toString(16).padStart(8, '0');

function describeMessage(m: MobilityMessage): string {
  const options = m.options.map(describeOption).filter(Boolean).join(' ');
  switch (m.kind) {
    case 'bindingUpdate':
      return `PBU ${m.sequence} lifetime ${m.lifetime}${flagsOf(m.flags)} ${options}`;
    case 'bindingAcknowledgement':
      return `PBA ${m.sequence} ${describeStatus(m.status)} lifetime ${m.lifetime}${flagsOf(m.flags)} ${options}`;
    case 'bindingRevocationIndication':
      return `BRI ${m.sequence} trigger ${m.trigger} ${options}`;
    case 'bindingRevocationAcknowledgement':
      return `BRA ${m.sequence} status ${m.status}`;
    case 'heartbeat':
      return `heartbeat ${m.flags.response ? 'response' : 'request'} ${m.sequence} ${options}`.trimEnd();
    case 'updateNotification':
      return `UPN ${m.sequence} reason ${m.reason}${m.flags.acknowledge ? ' A' : ''}${m.flags.retransmission ? ' D' : ''} ${options}`;
    case 'updateNotificationAcknowledgement':
      return `UPA ${m.sequence} status ${m.status}`;
    case 'bindingError':
      return `Binding Error ${m.status}`;
  }
}

const flagsOf = (flags: { readonly forceUdp?: boolean; readonly tlv: boolean }): string => `${flags.forceUdp ? ' F' : ''}${flags.tlv ? ' T' : ''}`;

function describeOption(o: MobilityOption): string {
  switch (o.kind) {
    case 'mnIdentifier':
      return o.identifier === '' ? '(no identifier)' : o.identifier;
    case 'handoffIndicator':
      return `HI ${o.indicator}`;
    case 'mnLinkLayerIdentifier':
      return o.identifier;
    case 'homeNetworkPrefix':
      return `${o.prefix}/${o.prefixLength}`;
    case 'ipv4HomeAddressRequest':
      return `${o.address}/${o.prefixLength}`;
    case 'ipv4HomeAddressReply':
      return o.status === 0 ? `${o.address}/${o.prefixLength}` : `${o.address}/${o.prefixLength} refused ${o.status}`;
    case 'ipv4DefaultRouter':
      return `router ${o.address}`;
    case 'greKey':
      return o.key === undefined ? 'GRE without key' : `key ${hex(o.key)}`;
    case 'serviceSelection':
      return o.service;
    case 'natDetection':
      return `UDP, keepalive ${o.refreshSeconds} s`;
    case 'mobileNodeGroupIdentifier':
      return `group ${o.group}`;
    case 'redirectCapability':
      return 'can be redirected';
    case 'redirect':
      return `redirect to ${o.address}`;
    case 'alternateCareOfAddress':
    case 'alternateIpv4CareOfAddress':
      return `care-of ${o.address}`;
    case 'lmaControlledMagParameters':
      return o.parameters.map((p) => (p.kind === 'bindingReregistration' ? `refresh ${p.start * 4} s before the end` : p.kind === 'heartbeat' ? `heartbeat every ${p.interval} s` : '')).join(' ');
    case 'restartCounter':
      return `restarts ${o.counter}`;
    default:
      return '';
  }
}
