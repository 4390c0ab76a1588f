/** A program with the rights of the service that the packages bring, and with no other: nobody's, three capabilities, none to be gained. */
import { readFileSync } from 'node:fs';
import type { LabProcess } from '../../lab/processes.ts';

/** `nobody` and `nogroup` of Debian. */
export const NOBODY = 65534;
export const CAPABILITIES = ['net_admin', 'net_raw', 'bpf'] as const;
/** CAP_NET_ADMIN 12, CAP_NET_RAW 13, CAP_BPF 39 (linux/capability.h), as /proc/PID/status has them. */
export const CAPABILITY_BITS = '0000008000003000';

const exactly = `-all,${CAPABILITIES.map((c) => `+${c}`).join(',')}`;

/** The command line, `uid` 0 for a container's root. */
export const withLeastRights = (argv: readonly string[], uid = NOBODY): string[] => [
  'setpriv',
  '--pdeathsig=KILL', // a change of user forgets the lab's own
  `--reuid=${uid}`,
  `--regid=${uid}`,
  '--clear-groups',
  `--inh-caps=${exactly}`,
  `--ambient-caps=${exactly}`,
  `--bounding-set=${exactly}`,
  '--no-new-privs',
  ...argv,
];

/** The capability sets of a process, and its user. */
export const rightsOf = ({ pid }: Pick<LabProcess, 'pid'>): Record<string, string> => rightsIn(readFileSync(`/proc/${pid}/status`, 'utf8'));

/** Of the text of /proc/PID/status. */
export function rightsIn(status: string): Record<string, string> {
  return Object.fromEntries([...status.matchAll(/^(Uid|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs):\s*(\S+)/gm)].map((m) => [m[1] as string, m[2] as string]));
}
