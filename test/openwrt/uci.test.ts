import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flagOf, parseUci, sectionName, valueOf, valuesOf, type UciFile, type UciSection } from '../../agent/openwrt/uci.ts';

const only = (text: string): UciSection => {
  const { sections, problems } = parseUci(text);
  expect(problems).toEqual([]);
  expect(sections).toHaveLength(1);
  return sections[0] as UciSection;
};
const value = (written: string): string | undefined => valueOf(only(`config a\n\toption x ${written}\n`), 'x');
const problem = (text: string): string => parseUci(text).problems.map((p) => `${p.line}: ${p.message}`).join('; ');

describe('sections and options', () => {
  it('has types, names, values and lines', () => {
    const { sections } = parseUci("# a comment\n\nconfig agent 'main'\n\toption domain 'D1'\nconfig lma\n\tlist address 'a'\n\tlist address 'b'\nconfig lma\n");
    expect(sections.map((s) => [s.type, sectionName(s), s.line])).toEqual([['agent', 'main', 3], ['lma', '@lma[0]', 5], ['lma', '@lma[1]', 8]]);
    expect(sections[0]?.options.get('domain')).toEqual({ name: 'domain', line: 4, list: false, values: [{ text: 'D1', line: 4 }] });
    expect(sections[1]?.options.get('address')?.values).toEqual([{ text: 'a', line: 6 }, { text: 'b', line: 7 }]);
  });

  it('takes the short words, package lines, tabs, carriage returns and a missing last line break', () => {
    expect(valueOf(only("package roamstead\r\nc a 'n'\r\n\to x 'y'\r"), 'x')).toBe('y');
    expect(valuesOf(only('config a\nl x 1\nl x 2'), 'x')).toEqual(['1', '2']);
  });

  it('reads a section that is opened again on, as libuci does', () => {
    const section = only("config a 'n'\noption x 1\noption y 2\nconfig a 'n'\noption x 3\n");
    expect([valueOf(section, 'x'), valueOf(section, 'y')]).toEqual(['3', '2']);
  });

  it('an empty option is none; a list after an option has both', () => {
    expect(only("config a\noption x ''\n").options.size).toBe(0);
    expect(valueOf(only("config a\noption x 1\noption x ''\n"), 'x')).toBe('1');
    expect(only('config a\noption x\n').options.size).toBe(0);
    expect(valuesOf(only('config a\noption x 1\nlist x 2\n'), 'x')).toEqual(['1', '2']);
    expect(valuesOf(only("config a\nlist x 1\noption x '2 3'\n"), 'x')).toEqual(['2', '3']);
  });
});

describe('quotes', () => {
  it.each([
    ['plain', 'plain'],
    ["'in quotes'", 'in quotes'],
    ['"in \\"double\\" quotes"', 'in "double" quotes'],
    ["'no \\escape'", 'no \\escape'],
    ["'it'\\''s'", "it's"],
    [`'a'"b"c`, 'abc'],
    ['a\\ b', 'a b'],
    ['a#comment', 'a'],
    ["'a#b' # comment", 'a#b'],
    ["'two\nlines'", 'two\nlines'],
    ['"two\\\nlines"', 'twolines'],
    ['two\\\r\nlines', 'twolines'],
    ["'a;b'", 'a;b'],
    ["''x", 'x'],
  ])('%j is %j', (written, text) => expect(value(written)).toBe(text));

  it('keeps count of lines inside of values', () => {
    const { sections } = parseUci("config a\noption x 'one\ntwo'\noption y \"three\\\nthree\"\noption z 1\n");
    expect([...(sections[0]?.options.values() ?? [])].map((o) => o.line)).toEqual([2, 4, 6]);
  });
});

describe('what cannot be read', () => {
  it.each([
    ['option x 1\n', '1: there is no section above it: begin with config'],
    ['config\n', '1: expected a type of section after config'],
    ["config a 'b-c'\n", "1: expected a section's name of letters, digits and _, found b-c"],
    ["config a 'n'\nconfig b 'n'\n", '2: there is a section n of another type (a) in line 1'],
    ['config a\noption\n', '2: expected the name of an option, of letters, digits and _'],
    ["config a\noption x-y 'z'\n", '2: expected the name of an option, of letters, digits and _, found x-y'],
    ['config a\noption x two words\n', '2: too many words after option: put a value with spaces in quotes'],
    ["config a\n\noption x 'open\n", "3: the ' of line 3 is not closed"],
    ['config a\nopton x 1\n', '2: expected config, option or list, found opton'],
    ["config a\n'option' x 1\n", "2: expected config, option or list, found 'option'"],
    ['config a; option x 1\n', '1: found ; outside of quotes: put each option on a line of its own'],
    ['package\n', '1: expected one name after package'],
    ['package a b\n', '1: expected one name after package'],
    ["\ufeffconfig a 'n'\n", '1: expected config, option or list, found U+FEFFconfig'],
    [`config a '${'\x1b]0;x\x07'.repeat(9)}'\n`, `1: expected a section's name of letters, digits and _, found ${'U+001B]0;xU+0007'.repeat(6)}U+001B]0;`],
    [`config a\noption ${'-'.repeat(99)} 1\n`, `2: expected the name of an option, of letters, digits and _, found ${'-'.repeat(40)}`],
  ])('%j', (text, words) => expect(problem(text)).toBe(words));

  it('is told line by line, and the rest is read', () => {
    const { sections, problems } = parseUci('config a\nopton x 1\noption y 2\noption z two words\n');
    expect(problems.map((p) => p.line)).toEqual([2, 4]);
    expect([...(sections[0]?.options.keys() ?? [])]).toEqual(['y']);
  });
});

it('a large file takes time by its length, not by its square', () => {
  const [sections, values] = [40_000, 40_000];
  const text = Array.from({ length: sections }, (_, i) => `config t 's${i}'\nconfig t\n`).join('') + "list x 'y'\n".repeat(values);
  const before = process.cpuUsage().user;
  const file = parseUci(text);
  // Microseconds; it was half a minute.
  expect(process.cpuUsage().user - before).toBeLessThan(5_000_000);
  expect([file.sections.length, sectionName(file.sections.at(-1) as UciSection), file.sections.at(-1)?.options.get('x')?.values.length]).toEqual([2 * sections, `@t[${2 * sections - 1}]`, values]);
});

it('flags are those of OpenWrt', () => {
  expect(['1', 'on', 'true', 'yes', 'enabled'].every((word) => flagOf(word) === true)).toBe(true);
  expect(['0', 'off', 'false', 'no', 'disabled'].every((word) => flagOf(word) === false)).toBe(true);
  expect(['', '2', 'On', 'ja'].map(flagOf)).toEqual([undefined, undefined, undefined, undefined]);
});

/** As `uci export` writes. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const name = fc.stringMatching(/^[A-Za-z0-9_]{1,6}$/);
const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((t) => !t.includes('\0'));

describe('any file', () => {
  it('comes back as it was written by uci export', () => {
    const option = fc.record({ name, values: fc.array(text, { minLength: 1, maxLength: 3 }), list: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(option, { selector: (o) => o.name, maxLength: 4 }), { maxLength: 4 }), (sections) => {
        const written = sections.map((options) => `\nconfig t\n${options.map((o) => (o.list ? o.values.map((v) => `\tlist ${o.name} ${quoted(v)}\n`).join('') : `\toption ${o.name} ${quoted(o.values[0] as string)}\n`)).join('')}`).join('');
        const read: UciFile = parseUci(written);
        expect(read.problems).toEqual([]);
        expect(read.sections.map((s) => [...s.options.values()].map((o) => [o.name, o.list, o.values.map((v) => v.text)]))).toEqual(
          sections.map((options) => options.map((o) => [o.name, o.list, o.list ? o.values : o.values.slice(0, 1)])),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('is read to its end, and every line that is told is one of it', () => {
    const piece = fc.constantFrom('config', 'option', 'list', 'a', "'", '"', '\\', '#', ';', ' ', '\t', '\n', '\r\n', 'package', '\0', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const written = pieces.join('');
        const lines = written.split('\n').length;
        const { sections, problems } = parseUci(written);
        for (const { line } of [...problems, ...sections]) expect(line >= 1 && line <= lines).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
