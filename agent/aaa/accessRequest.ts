/** What the gateway asks a RADIUS server about a station (RFC 6572 §5.1, the seed's `radius-server attribute …` lines). Pure. */
import { type Ipv4 } from '../../protocol/address.ts';
import { parseHex } from '../../protocol/mac.ts';
import type { RadiusAttribute } from '../../protocol/radius/attributes.ts';
import { NAS_PORT_TYPE, SERVICE_TYPE } from '../../protocol/radius/codes.ts';
import { stationIdOf } from '../../protocol/radius/stationId.ts';
import type { StationFacts } from '../mag/profile.ts';
import { parseNai, textIn } from './nai.ts';

/** Asks for a Chargeable-User-Identity (RFC 4372 §2.1). */
const NUL = '00';
/** Type of option 61 whose identifier is no hardware address (RFC 2132 §9.14). */
const NO_HARDWARE = 0;

export interface AccessQuestion {
  readonly station: StationFacts;
  /** The access interface as `show` names it. */
  readonly interfaceName: string;
  /** What the phone has already, when the server is asked again. */
  readonly ipv4?: Ipv4;
}

/** User-Name: what EAP proved; else the NAI that the phone gives as DHCP client identifier; else the MAC. */
export const userNameOf = (station: StationFacts): string => station.identity ?? clientNai(station.clientId) ?? stationIdOf(station.mac);

/** Attributes that the RADIUS client does not add of itself. */
export function accessRequest({ station, interfaceName, ipv4 }: AccessQuestion): RadiusAttribute[] {
  return [
    { kind: 'userName', value: userNameOf(station) },
    { kind: 'serviceType', value: SERVICE_TYPE.LOGIN },
    { kind: 'callingStationId', value: stationIdOf(station.mac) },
    { kind: 'nasPortType', value: NAS_PORT_TYPE.WIRELESS_802_11 },
    { kind: 'nasPortId', value: interfaceName },
    ...(ipv4 === undefined ? [] : [{ kind: 'framedIpAddress', value: ipv4 } as const]),
    { kind: 'chargeableUserIdentity', value: NUL },
  ];
}

/** Option 61 as text of the form user@realm; undefined if it is anything else. */
export function clientNai(clientId: string | undefined): string | undefined {
  if (clientId === undefined) return undefined;
  const octets = parseHex(clientId);
  const text = textIn(octets[0] === NO_HARDWARE ? octets.subarray(1) : octets);
  const nai = text === undefined ? undefined : parseNai(text);
  return nai?.realm === undefined || nai.user === '' ? undefined : text;
}
