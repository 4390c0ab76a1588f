/** The access router's conversations with a phone, without sockets: see README.md. */
export { deadline, startConversation, step, type Conversation } from './conversation.ts';
export { discardReasons, type AccessEffect, type AccessEvent, type DiscardReason, type FrameName } from './events.ts';
export { stationOf } from './frame.ts';
export { answersProbe, presenceProbes } from './presence.ts';
export { NO_SESSION, type Lease, type Session } from './session.ts';
