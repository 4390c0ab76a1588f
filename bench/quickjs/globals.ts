/** What QuickJS does not bring along, put where the sources look for it. Imported first. */
import { Utf8Decoder, Utf8Encoder } from './text.ts';

Object.assign(globalThis, { TextEncoder: Utf8Encoder, TextDecoder: Utf8Decoder });
