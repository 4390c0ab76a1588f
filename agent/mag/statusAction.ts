/** What each refusal makes the MAG do, as a table (RFC 5213 §6.9.1.2, 5844 §3.2.3.2, 5845 §4.3.2; the rest is product rule). */
import { describeStatus, STATUS } from '../../protocol/mobility/codes.ts';

export type StatusAction =
  /** Deny, and try anew after a pause. */
  | 'pause'
  /** Deny until an administrator acts. */
  | 'deny'
  /** This LMA will not serve the node: the profile's next one, else deny. */
  | 'next lma'
  /** Try once more without F, else deny. */
  | 'without force-udp'
  /** Adopt the sequence number of the PBA and send again. */
  | 'adopt sequence'
  /** Our clock and the domain's differ: wait, never set ours from the PBA. */
  | 'wait for clock'
  /** Send again at once with a new timestamp. */
  | 'new timestamp'
  /** Ask once without naming prefixes, or the address. */
  | 'any prefix'
  | 'any ipv4'
  /** Go on with the other family. */
  | 'without ipv4'
  | 'without ipv6'
  /** Send again with what was missing: we never leave it out, so this denies. */
  | 'bug'
  /** Only the QoS request failed: a live session lives on. */
  | 'keep';

const actions: Readonly<Record<number, StatusAction>> = {
  [STATUS.REASON_UNSPECIFIED]: 'pause',
  [STATUS.ADMINISTRATIVELY_PROHIBITED]: 'without force-udp',
  [STATUS.INSUFFICIENT_RESOURCES]: 'pause',
  [STATUS.NOT_HOME_AGENT_FOR_THIS_MOBILE_NODE]: 'pause',
  [STATUS.SEQUENCE_NUMBER_OUT_OF_WINDOW]: 'adopt sequence',
  [STATUS.SERVICE_AUTHORIZATION_FAILED]: 'deny',
  [STATUS.PROXY_REG_NOT_ENABLED]: 'deny',
  [STATUS.NOT_LMA_FOR_THIS_MOBILE_NODE]: 'next lma',
  [STATUS.MAG_NOT_AUTHORIZED_FOR_PROXY_REG]: 'next lma',
  [STATUS.NOT_AUTHORIZED_FOR_HOME_NETWORK_PREFIX]: 'any prefix',
  [STATUS.TIMESTAMP_MISMATCH]: 'wait for clock',
  [STATUS.TIMESTAMP_LOWER_THAN_PREV_ACCEPTED]: 'new timestamp',
  [STATUS.MISSING_HOME_NETWORK_PREFIX_OPTION]: 'bug',
  [STATUS.BCE_PBU_PREFIX_SET_DO_NOT_MATCH]: 'any prefix',
  [STATUS.MISSING_MN_IDENTIFIER_OPTION]: 'bug',
  [STATUS.MISSING_HANDOFF_INDICATOR_OPTION]: 'bug',
  [STATUS.MISSING_ACCESS_TECH_TYPE_OPTION]: 'bug',
  [STATUS.GRE_KEY_OPTION_REQUIRED]: 'bug',
  [STATUS.NOT_AUTHORIZED_FOR_IPV4_MOBILITY_SERVICE]: 'without ipv4',
  [STATUS.NOT_AUTHORIZED_FOR_IPV4_HOME_ADDRESS]: 'any ipv4',
  [STATUS.NOT_AUTHORIZED_FOR_IPV6_MOBILITY_SERVICE]: 'without ipv6',
  [STATUS.MULTIPLE_IPV4_HOME_ADDRESS_ASSIGNMENT_NOT_SUPPORTED]: 'bug',
  [STATUS.INVALID_MOBILE_NODE_GROUP_IDENTIFIER]: 'bug',
  [STATUS.CANNOT_MEET_QOS_SERVICE_REQUEST]: 'keep',
};

/** A refusal nobody knows may pass. */
export const actionFor = (status: number): StatusAction => actions[status] ?? 'pause';

/** For the log and for `show`. */
export const refusalReason = (status: number): string => `the LMA refused: ${describeStatus(status)}`;
