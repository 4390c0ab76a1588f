/** Requests on hostapd's control socket, without a process for each: a roam must not cost the processor that the agents need. */
import { join } from 'node:path';
import { unixDatagram } from '../linux/sockets/unixDatagram.ts';
import { LabError } from './namespaces.ts';
import { patient } from './processes.ts';

const ANSWER_MS = 3000;
let serial = 0;

/**
 * One request, one answer.
 * @param control path of hostapd's socket @param folder for our own, which hostapd answers to
 */
export function hostapdAsk(folder: string, control: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = unixDatagram({
      path: join(folder, `q${(serial += 1)}`),
      peer: control,
      onMessage: (octets) => finish(() => resolve(new TextDecoder().decode(octets))),
      onError: (error) => finish(() => reject(error)),
    });
    const timer = setTimeout(() => finish(() => reject(new LabError(`hostapd at ${control} did not answer ${request}`))), patient(ANSWER_MS));
    function finish(settle: () => void): void {
      clearTimeout(timer);
      socket.close();
      settle();
    }
    socket.send(new TextEncoder().encode(request));
  });
}
