/** The guide's configurations become ours: each as it should be, correct, and without a line that is lost. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { agentSchema } from '../../../agent/config.ts';
import { problemsOf as agentProblems } from '../../../agent/configCheck.ts';
import { importCommand } from '../../../cli/import.ts';
import { convert, looksLike, type Imported, type Source } from '../../../cli/import/convert.ts';
import { linesOf, parse } from '../../../cli/import/parser.ts';
import { newLma, staros } from '../../../cli/import/staros.ts';
import { lmaSchema } from '../../../cloud/config.ts';
import { problemsOf as lmaProblems } from '../../../cloud/configCheck.ts';
import { parseConfig } from '../../../runtime/configFile.ts';
import { losesNothing, neverThrows } from './anyText.ts';

const MAGS = ['mag-local-profile', 'mag-default-profile', 'mag-radius', 'mag-radius-or-default'] as const;
const LMA = 'staros-lma';
const source = (name: string): Source => ({ file: `${name}.cfg`, text: readFileSync(`test/cli/import/${name}.cfg`, 'utf8') });
const imported = (...names: string[]): Imported[] => convert(names.map(source));
const one = (name: string): Imported => imported(name)[0] as Imported;

describe('every configuration of the guide', () => {
  it.each([...MAGS, LMA])('%s is what it should be, and correct', async (name) => {
    const result = one(name);
    expect(result.problems).toEqual([]);
    expect(result.summary.join('\n')).toContain(' 0 want to be looked at');
    await expect(result.text).toMatchFileSnapshot(`${name}.yaml`);
  });

  it.each([...MAGS, LMA])('%s: no line is lost', (name) => {
    const { text } = one(name);
    for (const line of source(name).text.split('\n').map((l) => l.trim())) {
      if (line === '' || line === '!' || line === 'exit' || line === 'end') continue;
      // In the comments, or with its last word in our form.
      const last = line.split(/\s+/).at(-1) as string;
      const spoken: Readonly<Record<string, RegExp>> = { enable: /revocation: true/, accounting: /aaa-accounting: false/, 'mn-profile-load-aaa': /mn-profile-load-aaa/, 'CAR-AAA': /radius-servers/, pgw: /transport/ };
      expect(text.includes(line) || (spoken[last] ?? new RegExp(last.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).test(text) || /prefix|key/.test(line), line).toBe(true);
    }
  });

  it.each(MAGS)('%s beside the LMA: both are correct, and know each other', (name) => {
    const [mag, lma] = imported(name, LMA) as [Imported, Imported];
    expect([mag.problems, lma.problems]).toEqual([[], []]);
    const anchor = parseConfig(lma.name, lma.text, lmaSchema, lmaProblems);
    expect(anchor['mobile-access-gateways']).toEqual([expect.objectContaining({ id: 'M1@D1', addresses: ['2001:DB8:CAFE:1025::15'] })]);
    expect(anchor.authentication).toBe('optional');
  });
});

describe('files that are given together', () => {
  it('get a key that both ends have, if that is asked for', () => {
    const [mag, lma] = convert([source('mag-local-profile'), source(LMA)], { newKey: () => '00112233445566778899aabbccddeeff00112233' }) as [Imported, Imported];
    const gateway = parseConfig(mag.name, mag.text, agentSchema, agentProblems);
    const anchor = parseConfig(lma.name, lma.text, lmaSchema, lmaProblems);
    expect(gateway['local-mobility-anchors'][0]?.key).toBe(anchor['mobile-access-gateways'][0]?.key);
    expect(anchor.authentication).toBe('required');
  });

  it('give the gateway the resolvers of its APN', () => {
    const gateway = parseConfig('x', (imported('mag-local-profile', LMA)[0] as Imported).text, agentSchema, agentProblems);
    expect(gateway.profiles[0]?.dns).toEqual(['198.51.100.250', '198.51.100.251']);
  });

  it('are told what does not fit: an APN, an LMA, an address', () => {
    const said = (imported('mag-default-profile', LMA)[0] as Imported).summary.join('\n');
    expect(said).toContain('default_subscriber_profile_A uses the APN example_A.com, which no LMA of the files has');
    const other = source('mag-local-profile').text.replace('2001:DB8:CAFE:1024::101', '2001:db8::9').replaceAll('lma lma1', 'lma lma7');
    expect((convert([{ file: 'x', text: other }, source(LMA)])[0] as Imported).summary.join('\n')).toContain('no lma-service of the files is called lma7');
    const elsewhere = source('mag-local-profile').text.replace('2001:DB8:CAFE:1024::101', '2001:db8::9');
    expect((convert([{ file: 'x', text: elsewhere }, source(LMA)])[0] as Imported).summary.join('\n')).toContain('lma1 does not bind 2001:db8::9');
  });

  it('may be several gateways', () => {
    const second = { file: 'm2.cfg', text: source('mag-local-profile').text.replace('pmipv6-mag M1', 'pmipv6-mag M2').replace('1025::15', '1025::16') };
    const all = convert([source('mag-local-profile'), second, source(LMA)]);
    expect(all.map((i) => i.name)).toEqual(['mag-M1.yaml', 'mag-M2.yaml', 'lma-lma1.yaml']);
    expect((all[2] as Imported).text).toMatch(/id: M1@D1[^]*id: M2@D1/);
  });
});

describe('other spellings', () => {
  const mag = (...lines: string[]): Imported => convert([{ file: 'x.cfg', text: ['ipv6 mobile pmipv6-domain D1', ' lma lma1', '  ipv4-address 10.0.0.1', '!', 'ipv6 mobile pmipv6-mag M1 domain D1', ...lines, ' address ipv4 10.0.0.2', ' interface GigabitEthernet0/1'].join('\n') }])[0] as Imported;
  const read = (i: Imported) => parseConfig(i.name, i.text, agentSchema, agentProblems);

  it('the table of timers', () => {
    const { timers, 'discover-mn-detach': discover } = read(mag(' binding lifetime 1200', ' binding refresh-time 100', ' binding max retx-time 2', ' binding max-retx-time 16', ' discover-mn-detach 100 10', ' bri delay min 500', ' bri delay max 1500'));
    expect(timers).toMatchObject({ 'bri-delay-min': 500, 'bri-delay-max': 1500, 'binding-lifetime': 1200, 'binding-refresh-time': 100, 'initial-retransmit-time': 2, 'max-retransmit-time': 16 });
    expect(discover).toMatchObject({ interval: 100, timeout: 10 });
  });

  it('an interface behind the MAG, without a separator, is no access interface when it stands further left', () => {
    const i = convert([{ file: 'x', text: 'ipv6 mobile pmipv6-domain D1\n lma l\n  ipv6-address 2001:db8::1\nipv6 mobile pmipv6-mag M1 domain D1\n address ipv6 2001:db8::2\n interface Vlan7\ninterface Vlan7\n encapsulation dot1Q 7\ninterface Gi0\n ipv6 address 2001:db8::2/64\n' }])[0] as Imported;
    expect(i.problems).toEqual([]);
    expect(read(i).interfaces.map((x) => [x.name, x.device])).toEqual([['Vlan7', 'br-7']]);
    expect(i.summary.join()).toContain('(Gi0 in IOS): wan0 was assumed');
  });

  it('what is wrong is said, not taken', () => {
    const said = mag(' binding lifetime soon', ' address ipv6', ' frobnicate 7').summary;
    expect(said).toEqual(expect.arrayContaining(['x.cfg:6: binding lifetime soon: expected a number, found soon', 'x.cfg:7: address ipv6: not known to this import', 'x.cfg:8: frobnicate 7: not known to this import']));
    expect(mag(' frobnicate 7').text).toContain('#   6: frobnicate 7: UNKNOWN: not known to this import');
  });

  it('what cannot run yet says what is missing', () => {
    expect((convert([{ file: 'x', text: 'context a\n lma-service s\n' }])[0] as Imported).problems.join('\n')).toMatch(/bind-address: bind at least one address/);
    expect((convert([{ file: 'x', text: '' }])[0] as Imported).problems).not.toEqual([]);
  });

  it('secrets of lines that are not understood stay hidden', () => {
    const { text, summary } = mag(' radius server key topsecret', ' radius-server host x password topsecret');
    expect(text + summary.join()).not.toContain('topsecret');
  });

  it('knows a MAG from an LMA', () => {
    expect([...MAGS, LMA].map((name) => looksLike(source(name).text))).toEqual(['agent', 'agent', 'agent', 'agent', 'lma']);
  });
});

describe('any text', () => {
  it('never throws, and always gives files that are read or refused in words', () => neverThrows(40));
  it('a line that no row knows is found, wherever it stands', () => losesNothing(40));

  it('a line of two thousand options is read as any other', () => {
    const text = `context a\nip pool p 10.0.0.0 255.0.0.0 ${'public 0 '.repeat(2000)}`;
    expect(parse(staros, linesOf('x', text), newLma())).toHaveLength(2001);
  });
});

describe('the command', () => {
  const run = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const [out, err]: [string[], string[]] = [[], []];
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => !!out.push(String(text)));
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => !!err.push(String(text)));
    try {
      return { code: await importCommand(args), out: out.join(''), err: err.join('') };
    } finally {
      stdout.mockRestore();
      stderr.mockRestore();
    }
  };
  const cfg = (name: string): string => `test/cli/import/${name}.cfg`;

  it('prints several files as one stream of YAML, and a summary beside it', async () => {
    const { code, out, err } = await run('ios', cfg('mag-local-profile'), cfg(LMA), '--uplink', 'eth7');
    expect(code).toBe(0);
    expect(out.split('\n---\n')).toHaveLength(2);
    expect(out).toContain('uplink: eth7');
    expect(err).toContain('roamstead: lma-lma1.yaml: correct; run it with: roamstead lma --config lma-lma1.yaml\n');
  });

  it('writes new files that only their owner reads, with keys that both know', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'roamstead-import-'));
    try {
      expect((await run('ios', cfg('mag-local-profile'), cfg(LMA), '--to', folder, '--keys')).code).toBe(0);
      const key = (file: string): string | undefined => /key: ([0-9a-f]{40})/.exec(readFileSync(join(folder, file), 'utf8'))?.[1];
      expect(key('mag-M1.yaml')).toBe(key('lma-lma1.yaml'));
      expect(statSync(join(folder, 'mag-M1.yaml')).mode & 0o777).toBe(0o600);
      await expect(run('ios', cfg(LMA), '--to', folder)).rejects.toThrow('exists: move it away first');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('ends with 1 where a file cannot run yet, and says why', async () => {
    const { code, err } = await run('ios', '/dev/null');
    expect(code).toBe(1);
    expect(err).toMatch(/it cannot run yet: mag-M1\.yaml:\d+: interfaces: name at least one access interface/);
  });

  it.each([
    [[], 'what is to be imported?'],
    [['junos', 'x'], 'nothing is known of junos'],
    [['ios'], 'name at least one file'],
    [['ios', '/nonexistent.cfg'], '/nonexistent.cfg: cannot be read'],
  ])('%j is refused in words', async (args, words) => {
    await expect(run(...args)).rejects.toThrow(words);
  });
});
