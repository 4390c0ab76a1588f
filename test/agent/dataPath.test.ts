/** Which data path the agent takes, and what it says about it. */
import { describe, expect, it } from 'vitest';
import { agentSchema } from '../../agent/config.ts';
import { openDataPath, type Backends } from '../../agent/dataPath.ts';
import { fakePaths } from '../../linux/datapath/fakePaths.ts';
import { PathError } from '../../protocol/paths.ts';
import { parseConfig } from '../../runtime/configFile.ts';

const KEY = '00112233445566778899aabbccddeeff';
const config = (datapath?: string) =>
  parseConfig('x.yaml', `{ domain: D1, mag: M1, uplink: wan0, ${datapath === undefined ? '' : `datapath: ${datapath},`} local-mobility-anchors: [{ id: lma1, ipv6-address: "2001:db8::1", key: ${KEY} }], interfaces: [{ name: lan0, first-packet: true }] }`, agentSchema);

function open(datapath: string | undefined, refused: Partial<Record<keyof Backends, string>> = {}, unguarded?: string) {
  const asked: string[] = [];
  const said: string[] = [];
  const backend = (name: keyof Backends) => () => {
    asked.push(name);
    const reason = refused[name];
    if (reason !== undefined) throw new PathError(reason);
    return { ...fakePaths(), attachWan: () => undefined, attachAccess: () => undefined, stop: () => undefined, unguarded };
  };
  const paths = () => openDataPath(config(datapath), (level, message, facts) => said.push(`${level} ${message}: ${String(facts?.['why'])}`), { bpf: backend('bpf'), kernel: backend('kernel') });
  return { asked, said, paths };
}

const NO_BPF = 'load the BPF program encap: EPERM';
const NO_GRE = 'add the gre pmip4-try: EOPNOTSUPP';

describe('the data path that is configured', () => {
  it.each([
    [undefined, {}, 'bpf', ['bpf'], 'info data path: bpf: the kernel takes the BPF programs'],
    ['auto', { bpf: NO_BPF }, 'kernel', ['bpf', 'kernel'], `info data path: kernel: no BPF: ${NO_BPF}`],
    ['bpf', {}, 'bpf', ['bpf'], 'info data path: bpf: configured'],
    ['kernel', {}, 'kernel', ['kernel'], 'info data path: kernel: configured'],
    ['none', {}, 'none', [], 'info data path: none: configured: no packet passes'],
  ])('%s where %o is refused: %s, and one line says why', async (datapath, refused, backend, asked, line) => {
    const opened = open(datapath, refused);
    expect((await opened.paths()).backend).toBe(backend);
    expect(opened.asked).toEqual(asked);
    expect(opened.said).toEqual([line]);
  });

  it('the kernel\'s own without nftables warns of what it cannot do', async () => {
    const opened = open('kernel', {}, 'add the table roamstead: EOPNOTSUPP');
    await opened.paths();
    expect(opened.said).toEqual([
      'info data path: kernel: configured',
      'warn no wall around guests: they reach what listens on the gateway\'s own addresses, and can send in the name of their neighbours. Install nftables: add the table roamstead: EOPNOTSUPP',
    ]);
  });

  it('auto where both are refused ends with both reasons', async () => {
    const opened = open('auto', { bpf: NO_BPF, kernel: NO_GRE });
    await expect(opened.paths()).rejects.toThrow(`no data path: neither BPF (${NO_BPF}) nor the kernel's own tunnels (${NO_GRE}); with "datapath: none" the gateway signals and forwards nothing`);
    expect(opened.said).toEqual([]);
  });

  it.each(['bpf', 'kernel'] as const)('%s by name is not replaced by another', async (name) => {
    const opened = open(name, { [name]: 'refused here' });
    await expect(opened.paths()).rejects.toThrow('refused here');
    expect(opened.asked).toEqual([name]);
  });
});
