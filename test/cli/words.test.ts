/** Which command a person means: words shortened, options anywhere, and what is said when nothing fits. */
import { describe, expect, it } from 'vitest';
import { match } from '../../cli/show.ts';
import { daemon, readArguments, Usage } from '../../cli/usage.ts';

describe('words', () => {
  it.each([
    ['show ipv6 mobile pmipv6 mag binding', 'show mag binding'],
    ['sh ipv6 mob pmip mag bind', 'show mag binding'],
    ['s i m p m b', 'show mag binding'],
    ['show ipv6 mobile pmipv6 mag s', 'show mag stats'],
    ['show ipv6 mobile pmipv6 mag g', 'show mag globals'],
    ['clear ipv6 mobile pmipv6 mag denied', 'clear mag denied'],
    ['show lma-service session', 'show lma-service session'],
    ['show lma-s s', 'show lma-service session'],
    ['show lma se', 'show lma-service session'],
    ['show lma stat', 'show lma statistics'],
    ['show lma s', 'show lma statistics'], // a whole word beats one that begins with it
  ])('%s is %s', (words, command) => {
    expect(match(words.split(' ')).command).toBe(command);
  });

  it.each(['show', 'show ipv6', 'show ipv6 mobile pmipv6 mag bindings', 'show ipv6 mobile pmipv6 mag binding more', 'x i m p m b', 'show ipv6  mobile pmipv6 mag'])('"%s" is no command, and the help is told', (words) => {
    expect(() => match(words.split(' '))).toThrow(Usage);
    expect(() => match(words.split(' '))).toThrow(/^no such command: .*roamstead show ipv6 mobile pmipv6 mag binding/s);
  });

  it('what fits twice names both', () => {
    expect(() => match(['show', 'l', 's'])).toThrow('ambiguous: show l s fits "show lma-service session" and "show lma statistics"');
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
    await expect(daemon({ help: 'THE HELP', load: never, run: never, rehearsal: never })([])).rejects.toThrow('--config is missing\n\nTHE HELP');
  });
});
