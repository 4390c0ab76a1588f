/** Every command of a running process, in the seed's words: what is asked of whom, and how the answer is printed. */
import { anchorPhrases } from './phrases/anchor.ts';
import { bothPhrases } from './phrases/both.ts';
import { gatewayPhrases } from './phrases/gateway.ts';
import type { Command } from './phrases/kinds.ts';

export const commands: readonly Command[] = [...gatewayPhrases, ...anchorPhrases, ...bothPhrases];
