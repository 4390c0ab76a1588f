/**
 * Topics between the fleet's cloud and its gateways (MQTT 3.1.1). A gateway writes under its own name and reads `desired` and `cmd`
 * of its own name; a claim credential writes one request and reads the answer to it, and nothing else (cloud/broker checks that).
 */
export const TOPIC_ROOT = 'roamstead/v1';

/** What is provisioned, each by a document with a revision of its own. */
export const CONCERNS = ['profiles', 'timers', 'lmas', 'limits'] as const;
export type Concern = (typeof CONCERNS)[number];

/** `gw-` and 26 characters: base32 of the first 128 bits of the SHA-256 of the gateway's public key (gatewayId.ts). Also the certificate's CN and the MQTT client id. */
export type GatewayId = string;

const under = (gateway: GatewayId, rest: string): string => `${TOPIC_ROOT}/${gateway}/${rest}`;

export const topics = {
  /** Retained: birth and will. */
  state: (gateway: GatewayId) => under(gateway, 'state'),
  heartbeat: (gateway: GatewayId) => under(gateway, 'heartbeat'),
  /** Retained, by the cloud. */
  desired: (gateway: GatewayId, concern: Concern) => under(gateway, `desired/${concern}`),
  /** Retained, by the gateway. */
  reported: (gateway: GatewayId, concern: Concern) => under(gateway, `reported/${concern}`),
  command: (gateway: GatewayId, id: string) => under(gateway, `cmd/${id}`),
  commandResult: (gateway: GatewayId, id: string) => under(gateway, `cmdres/${id}`),
  event: (gateway: GatewayId) => under(gateway, 'event'),
  telemetry: (gateway: GatewayId, stream: string) => under(gateway, `telemetry/${stream}`),
  /** A gateway asks for its next certificate before its own ends: EnrolRequest. */
  enrol: (gateway: GatewayId) => under(gateway, 'enrol'),
  /** EnrolResponse. */
  enrolled: (gateway: GatewayId) => under(gateway, 'enrolled'),
  claimRequest: (gateway: GatewayId) => `${TOPIC_ROOT}/claim/request/${gateway}`,
  claimResponse: (gateway: GatewayId) => `${TOPIC_ROOT}/claim/response/${gateway}`,
} as const;
