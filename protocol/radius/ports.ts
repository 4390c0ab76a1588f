/** Ports of RADIUS; apart from the formats, so that a configuration can be read without them. */

/** RFC 2865 §3, RFC 2866 §3 */
export const AUTH_PORT = 1812;
export const ACCT_PORT = 1813;
/** RFC 5176 §2.1 */
export const DYNAMIC_AUTHORIZATION_PORT = 3799;
/** RFC 6614 §2.1 */
export const RADSEC_PORT = 2083;
