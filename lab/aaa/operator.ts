/**
 * The SIM operator's AAA server: hostapd without any radio, as a RADIUS server with its EAP-AKA and EAP-AKA', which FreeRADIUS does
 * not have. FreeRADIUS passes the operator's identities on to it (raddb.ts, `proxy`), as roaming partners do.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unixDatagram } from '../../linux/sockets/unixDatagram.ts';
import type { UnixDatagram } from '../../linux/sockets/unixDatagram.ts';
import { start, until } from '../processes.ts';
import type { LabProcess } from '../processes.ts';
import type { Proxy } from './raddb.ts';
import { OPERATOR_REALM, authenticationCentre } from './simCard.ts';
import type { SimCard } from './simCard.ts';

export interface Operator {
  readonly process: LabProcess;
  /** The authentication centre's, which the caller closes. */
  readonly socket: UnixDatagram;
}

const SECRET = 'operator';
const PORT = 18120;
const ADDRESS = '127.0.0.1';

/** For FreeRADIUS on the same host. `0` + IMSI for EAP-AKA, `6` + IMSI for EAP-AKA' (TS 23.003 §19.3.2). */
export const operatorProxy: Proxy = { users: `[06][0-9]+@${OPERATOR_REALM.replaceAll('.', '\\.')}`, address: ADDRESS, port: PORT, secret: SECRET };

/** @param namespace of the RADIUS server that passes requests on */
export async function startOperator(folder: string, namespace: string, cards: readonly SimCard[]): Promise<Operator> {
  const at = (name: string) => join(folder, name);
  const answer = authenticationCentre(cards);
  const socket = unixDatagram({
    path: at('auc.sock'),
    onMessage: (octets, from) => {
      const text = answer(new TextDecoder().decode(octets));
      if (text !== undefined) socket.send(new TextEncoder().encode(text), from);
    },
    onError: () => undefined,
  });
  socket.unref();
  writeFileSync(at('operator.clients'), `${ADDRESS}/32 ${SECRET}\n`);
  writeFileSync(at('operator.users'), `"0"* AKA\n"6"* AKA'\n`);
  writeFileSync(
    at('operator.conf'),
    `interface=lo
driver=none
logger_syslog=0
logger_stdout=-1
logger_stdout_level=1
eap_server=1
eap_user_file=${at('operator.users')}
eap_sim_db=unix:${at('auc.sock')}
eap_sim_id=0
server_id=aaa.${OPERATOR_REALM}
radius_server_clients=${at('operator.clients')}
radius_server_auth_port=${PORT}
`,
  );
  const p = start({ name: 'operator', namespace, argv: ['hostapd', '-t', at('operator.conf')], folder });
  await until(`the operator's hostapd (see ${p.logFile})`, 5000, () => p.log().includes('AP-ENABLED'));
  return { process: p, socket };
}
