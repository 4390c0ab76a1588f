/** Which command a person means: the seed's spellings, words shortened, `?`, and what is said when nothing fits. */
import { describe, expect, it } from 'vitest';
import { commands } from '../../cli/commands.ts';
import { explain, following, match } from '../../cli/grammar.ts';
import { listed } from '../../cli/phrases/kinds.ts';
import { printers } from '../../cli/printers/index.ts';
import { daemon, readArguments, Usage } from '../../cli/usage.ts';

const said = (words: string) => match(commands, words.split(' '));
const asked = (words: string): unknown => {
  const { phrase, values } = said(words);
  return phrase.kind === 'ask' ? phrase.request.command : phrase.kind === 'debug' ? phrase.request(values) : phrase.words;
};

describe('show', () => {
  it.each([
    ['show ipv6 mobile pmipv6 mag binding', 'show mag binding'],
    ['sh ipv6 mob pmip mag bind', 'show mag binding'],
    ['s i m p m b', 'show mag binding'],
    ['show ipv6 mobile pmipv6 mag s', 'show mag stats'],
    ['show ipv6 mobile pmipv6 mag g', 'show mag globals'],
    ['show ipv6 mobile pmipv6 mag tun', 'show mag tunnel'],
    ['show ip dhcp binding', 'show ip dhcp binding'],
    ['sh ip dh b', 'show ip dhcp binding'],
    ['show route-map dynamic', 'show route-map dynamic'],
    ['show platform software route-map RP active map', 'show route-map dynamic'],
    ['show interface summary', 'show interface summary'],
    ['show route summary', 'show route summary'],
    ['show dhcp proxy', 'show dhcp proxy'],
    ['show ipv6 interface', 'show ipv6 interface'],
    ['show debugging', 'show debugging'],
    ['show version', 'show version'],
    ['clear ipv6 mobile pmipv6 mag denied', 'clear mag denied'],
    ['refresh ipv6 mobile pmipv6 lma binding all', 'refresh lma binding'],
    ['ref ipv6 m p l b nai mn0@example.com', 'refresh lma binding'],
    ['show lma-service session', 'show lma-service session'],
    ['show lma-s se', 'show lma-service session'],
    ['show lma-service stat', 'show lma-service statistics'],
    ['sh lma se nai mn0@example.com', 'show lma-service session nai <nai>'],
    ['show ipv6 mobile pmipv6 mag tr', 'show mag traces'],
    ['show lma se', 'show lma-service session'],
    ['show lma stat', 'show lma statistics'],
    ['show lma s', 'show lma statistics'], // a whole word beats one that begins with it
  ])('%s is %s', (words, command) => {
    expect(asked(words)).toBe(command);
  });

  it('sessions are asked for by one of their facts', () => {
    const { phrase, values } = said('show lma-service session address 192.0.2.1');
    expect(phrase.kind === 'pages' && phrase.request(values)).toEqual({ command: 'show lma-service sessions', address: '192.0.2.1' });
  });

  it('every command that is asked has a printer', () => {
    expect(commands.flatMap((c) => (c.kind === 'ask' && !printers[c.request.command] ? [c.words] : []))).toEqual([]);
  });
});

describe('debug, in the guide’s spellings', () => {
  it.each([
    ['debug ipv6 mobile mag info', 'ipv6 mobile mag info'],
    ['debug ipv6 mobile mag event', 'ipv6 mobile mag event'],
    ['debug ipv6 mobile packets', 'ipv6 mobile packets'],
    ['deb ipv6 mob pack', 'ipv6 mobile packets'],
    ['debug ip dhcp server events', 'ip dhcp server events'],
    ['debug ip dhcp server packet detail', 'ip dhcp server packet detail'],
    ['debug ip dhcp server packet', 'ip dhcp server packet detail'],
    ['debug arp', 'arp'],
    ['debug radius', 'radius'],
    ['debug tunnel', 'tunnel'],
    ['debug dot1x events', 'dot1x events'],
    ['debug dhcp message enable', 'ip dhcp server events'],
    ['debug dhcp packet enable', 'ip dhcp server packet detail'],
    ['debug arp all enable', 'arp'],
  ])('%s switches on %s', (words, topic) => {
    expect(asked(words)).toEqual({ topics: [topic] });
  });

  it('monitor protocol takes a verbosity', () => {
    expect(asked('monitor protocol')).toEqual({ watch: 'monitor protocol' });
    expect(asked('mon pro ver 5')).toEqual({ watch: 'monitor protocol', verbosity: 5 });
  });

  it('debug ip cef packet takes an interface, a direction and a rate', () => {
    expect(asked('debug ip cef packet GigabitEthernet0/1/0.3074 input rate 0')).toEqual({ watch: 'ip cef packet', interface: 'GigabitEthernet0/1/0.3074', direction: 'input', rate: 0 });
    expect(asked('deb ip c p wan0 out r 25')).toEqual({ watch: 'ip cef packet', interface: 'wan0', direction: 'output', rate: 25 });
    expect(asked('debug ip cef packet wan0 output rate many')).toMatchObject({ rate: NaN });
  });

  it.each([
    ['undebug all', 'all'],
    ['u all', 'all'],
    ['no debug all', 'all'],
    ['no debug ipv6 mobile packets', 'ipv6 mobile packets'],
    ['undebug arp all enable', 'arp'],
    ['no debug ip cef packet', 'ip cef packet'],
  ])('%s switches off %s', (words, topic) => {
    const { phrase } = said(words);
    expect(phrase).toMatchObject({ process: 'both', request: { command: 'undebug', topic } });
  });

  it('whatever can be switched on can be switched off by both verbs', () => {
    const words = commands.map((c) => c.words);
    for (const { words: on } of commands.filter((c) => c.words.startsWith('debug '))) {
      const off = on.replace(/^debug /, '').replace(/ <.*/, '');
      expect(words).toEqual(expect.arrayContaining([`undebug ${off}`, `no debug ${off}`]));
    }
  });
});

describe('what is no command', () => {
  it.each([
    ['show', 'incomplete command: show; after "show" can follow: address-log, debugging, dhcp, interface'],
    ['show ipv6 mobile', 'incomplete command: show ipv6 mobile; after "show ipv6 mobile" can follow: pmipv6'],
    ['show ipv6 mobile pmipv6 mag bindings', 'no such command: show ipv6 mobile pmipv6 mag bindings; "bindings": did you mean "binding"?'],
    ['show ipv6 mobile pmipv6 mag binding more', 'no such command: show ipv6 mobile pmipv6 mag binding more; after "show ipv6 mobile pmipv6 mag binding" can follow: <cr>'],
    ['show nonsense', 'no such command: show nonsense; after "show" can follow: address-log, debugging'],
    ['x i m p m b', 'no such command: x i m p m b; there are: admit, clear, debug, dismiss, monitor, no, refresh, show, undebug'],
    ['debug ip cef packet wan0', 'incomplete command: debug ip cef packet wan0; after "debug ip cef packet wan0" can follow: input, output'],
  ])('%s: %s', (words, told) => {
    expect(() => said(words)).toThrow(Usage);
    expect(() => said(words)).toThrow(told);
  });

  it('an empty word fits nothing', () => {
    expect(() => said('show ipv6  mobile pmipv6 mag')).toThrow('no such command');
    expect(() => match(commands, [])).toThrow('incomplete command');
  });

  it('what fits twice names both', () => {
    expect(() => said('show l s')).toThrow('ambiguous: show l s fits "show lma-service session" and "show lma statistics"');
  });
});

describe('?', () => {
  const lines = (words: string): string[] => explain(commands, words.split(' ')).split('\n');
  it('lists what can follow, with what it does', () => {
    expect(lines('show ipv6 mobile pmipv6 mag ?')).toEqual(['  binding     Binding Update List', '  globals     Configuration and timers', '  heartbeat   LMAs: do they answer, how fast, did they restart', '  neighbours  Homes of the community within earshot', '  stats       Signalling, DHCP and RADIUS counters', '  traces      The last attachments and handovers to this gateway, stage by stage', '  tunnel      Tunnels to the LMAs']);
    expect(lines('show ipv6 ?')).toEqual(['  interface  Interfaces of the anchor', '  mobile']);
    expect(lines('deb ip c p x ?')).toEqual(['  input', '  output']);
    expect(lines('debug ip cef packet ?')).toEqual(['  <interface>']);
  });
  it('behind letters lists the words that begin with them', () => {
    expect(lines('show lma?')).toEqual(['  lma', '  lma-service']);
    expect(lines('sh?')).toEqual(['  show']);
  });
  it('says where a command may end and go on', () => {
    expect(following(commands, ['debug', 'arp'])).toEqual([{ word: '<cr>', help: 'ARP' }, { word: 'all', help: '' }]);
    expect(lines('show version ?')).toEqual(['  <cr>  What this command is']);
  });
  it('behind nonsense says so', () => {
    expect(() => explain(commands, ['show', 'nonsense', '?'])).toThrow('no such command: show nonsense');
    expect(() => explain(commands, ['show', 'x?'])).toThrow(Usage);
  });
  it('the list has every command, and one way of switching debugging off', () => {
    const words = listed(commands).map((c) => c.words);
    expect(words.filter((w) => w.startsWith('undebug') || w.startsWith('no '))).toEqual(['undebug all']);
    expect(words.length).toBe(commands.length - commands.filter((c) => c.kind === 'ask' && c.request.command === 'undebug').length + 1);
  });
});

describe('arguments', () => {
  it.each([
    ['an unknown option', ['--nonsense'], '--nonsense'],
    ['an option without its value', ['--config'], '--config'],
    ['a value for a switch', ['--check=yes'], '--check'],
    ['a word too many', ['x'], 'x'],
  ])('%s is a usage error with the help', (_, args, words) => {
    const read = (): unknown => readArguments(args, 'THE HELP', { config: { type: 'string' }, check: { type: 'boolean' } });
    expect(read).toThrow(Usage);
    expect(read).toThrow(words);
    expect(read).toThrow('THE HELP');
  });

  it('a process needs --config', async () => {
    const never = (): never => {
      throw new Error('not asked');
    };
    await expect(daemon({ help: 'THE HELP', files: () => undefined, load: never, run: never, keepForwarding: true, rehearsal: never })([])).rejects.toThrow('--config is missing\n\nTHE HELP');
  });
});
