/** A client of OpenWrt's ubus for hostapd's objects: wire format and conversation, without a socket. See session.ts. */
export type { BssReport } from './bss.ts';
export type { Effect, Session, Timing } from './requests.ts';
export { createSession, deadline, step, TIMING } from './session.ts';
export type { Input } from './session.ts';
