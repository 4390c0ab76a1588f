/** The command's words within this process: usage, exit codes, --check. What it does as a process of its own stands in process.test.ts. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './inProcess.ts';

const KEY = '00112233445566778899aabbccddeeff00112233';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-words-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('usage', () => {
  it.each([[['--help'], 0], [['help'], 0], [['agent', '--help'], 0], [['lma', '-h'], 0], [['show', '--help'], 0], [['debug', '--help'], 0], [['?'], 0]])('%s tells how it is used', async (args, code) => {
    const { code: ended, out, err } = await run(...args);
    expect([ended, err]).toEqual([code, '']);
    expect(out).toContain('roamstead');
  });

  it.each([
    [[], ''],
    [['nonsense'], 'unknown command "nonsense"'],
    [['l', '--help'], 'ambiguous command "l": lma or lab'],
    [['agent'], '--config is missing'],
    [['agent', '--config'], "'--config <value>' argument missing"],
    [['lma', '--confg', 'x'], "'--confg'"],
    [['lma', 'x.yaml'], "'x.yaml'"],
    [['show', 'lma', 'stat', '--socket'], "'--socket <value>' argument missing"],
    [['show', 'lma', 'stat', '--nonsense'], "'--nonsense'"],
  ])('%s ends with 2, says what is wrong and how it is used', async (args, words) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(2);
    expect(out + err).toContain(words);
    expect(out + err).toContain('roamstead ');
    expect(err).not.toContain('    at ');
  });

  it.each([
    [['sh', 'lma?'], '  lma\n  lma-service\n'],
    [['show version json | include node'], '"node": "v'],
    [['show', 'version', '|', 'count', '.'], 'Number of lines which match regexp = 3\n'],
  ])('%s answers without any process', async (args, words) => {
    const { code, out, err } = await run(...args);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(words);
  });

  it.each([
    [['show', 'ipp', 'dhcp', 'binding'], '"ipp": did you mean "ip"?'],
    [['show version --for 5m | count x'], '--for is for debug'],
    [['shwo', 'version'], 'unknown command "shwo": did you mean "show"?\n"roamstead --help" tells what there is\n'],
    [['nonsense'], 'unknown command "nonsense": there are agent, lma, cloud, '],
  ])('%s ends with 2 and says what could have been said', async (args, words) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toContain(words);
    expect(err.split('\n').length).toBeLessThan(5);
  });

  it.each([['monitor', 'protocol'], ['undebug', 'all']])('%s %s where nobody listens ends with 1', async (...args) => {
    const { code, out, err } = await run(...args, '--socket', join(folder, 'nobody.sock'));
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('nothing listens at');
  });

  it('a process that is not there ends with 1', async () => {
    const { code, err } = await run('show', 'lma', 'stat', '--socket', join(folder, 'nobody.sock'));
    expect([code, err]).toEqual([1, `roamstead: nothing listens at ${join(folder, 'nobody.sock')}: is the process running, and with this name?\n`]);
  });
});

describe('--check', () => {
  it.each([['lma', 'lma'], ['lma', 'lma-operators'], ['agent', 'mag-operators'], ['agent', 'mag-local-profile'], ['agent', 'mag-default-profile']])('%s takes examples/%s.yaml', async (command, name) => {
    const file = join(folder, `${name}.yaml`);
    copyFileSync(`examples/${name}.yaml`, file);
    expect(await run(command, '--config', file, '--check')).toEqual({ code: 0, out: `${file}: correct\n`, err: '' });
  });

  it.each([
    ['key: 00112233445566778899aabbccddeeff00112233', 'key-file: /nowhere/key', 'key-file: /nowhere/key cannot be read: ENOENT'],
    ['transport: [lma1]', 'transport: [lma1]\naaa: { listen: [192.0.2.1], certificate: /nowhere/pem, private-key: /nowhere/pem, gateway-authority: /nowhere/pem, radius-servers: [{ address: 192.0.2.9, key: abcdefgh }] }', 'aaa.certificate: /nowhere/pem cannot be read: ENOENT'],
  ])('an anchor whose files are not there does not pass: %s', async (line, instead, said) => {
    const file = join(folder, 'files.yaml');
    writeFileSync(file, readFileSync('examples/lma.yaml', 'utf8').replace(line, instead));
    expect(await run('lma', '--config', file, '--check')).toEqual({ code: 1, out: '', err: `roamstead: ${said}\n` });
  });

  it('a wrong file ends with 2 and a line each, and no key', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, `domain: D1\nmag: M1\nuplink: wan0\nlocal-mobility-anchors:\n  - id: lma1\n    ipv4-address: 192.0.2.1\n    key: ${KEY}0\ninterfaces: []\n`);
    const { code, err } = await run('agent', '--config', file, '--check');
    expect(code).toBe(2);
    expect(err).toContain(`${file}:7: local-mobility-anchors.0.key: expected a key`);
    expect(err).toContain(`${file}:8: interfaces: name at least one access interface`);
    expect(err).not.toContain(KEY.slice(0, 8));
  });

  it('no file ends with 2', async () => {
    expect(await run('lma', '--config', '/nonexistent.yaml')).toMatchObject({ code: 2, err: expect.stringContaining('/nonexistent.yaml: cannot be read') as string });
  });
});
