/** A client of hostapd's control socket. See README.md. */
export { hostapdClient } from './client.ts';
export type { ClientOptions, Clock, DatagramSocket, HostapdClient, OpenSocket } from './client.ts';
export { parseEvent } from './event.ts';
export type { HostapdEvent } from './event.ts';
export { parseStation, parseStatus } from './reply.ts';
export type { Station, Status } from './reply.ts';
export { createSession, deadline, step } from './session.ts';
export type { Effect, Input, Report, Session } from './session.ts';
export { TIMING } from './timing.ts';
export type { Timing } from './timing.ts';
