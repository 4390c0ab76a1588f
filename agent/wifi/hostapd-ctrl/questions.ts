/** Questions about stations that wait to be sent: hostapd answers one at a time, however many events it tells meanwhile. */
import type { Mac } from '../../../protocol/mac.ts';
import type { Request } from './request.ts';

export type Question = Extract<Request, { readonly kind: 'station' }>;

/** Beyond this many the whole list is the shorter answer. */
const MOST = 1024;

/** One question stands for all of its kind about a station. False: there is no room for another one. */
export function put(queue: Request[], question: Question): boolean {
  const same = queue.findIndex((r) => r.kind === 'station' && r.mac === question.mac && r.because === question.because);
  if (same >= 0) queue[same] = question;
  else if (queue.length >= MOST) return false;
  else queue.push(question);
  return true;
}

export const about = (mac: Mac, request: Request): boolean => request.kind === 'station' && request.mac === mac;
