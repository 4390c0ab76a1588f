/** Debian packages, read as dpkg reads them: deb(5), deb-control(5), ar(5). */
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { deb, type DebPackage } from '../../packaging/deb.ts';
import { fileIn, readTar, type ReadEntry } from './reader.ts';
import { TIME } from './samples.ts';

const data = Buffer.from('hello\n');
const PACKAGE: DebPackage = {
  name: 'roamstead',
  version: '0.1.0-1',
  architecture: 'arm64',
  section: 'net',
  maintainer: 'Somebody <somebody@example.com>',
  homepage: 'https://example.com/',
  depends: ['adduser', 'nodejs (>= 20.19) | roamstead-node'],
  description: ['a gateway', 'Phones keep their address,', 'wherever they go.'],
  files: [
    { kind: 'file', name: 'usr/bin/roamstead', mode: 0o755, data },
    { kind: 'directory', name: 'etc/roamstead', mode: 0o700 },
    { kind: 'file', name: 'etc/roamstead/agent.yaml', mode: 0o600, data },
  ],
  conffiles: ['etc/roamstead/agent.yaml'],
  scripts: { postinst: '#!/bin/sh\n' },
};

interface Member {
  readonly name: string;
  /** Date, owner, group and mode, as they stand. */
  readonly fields: readonly string[];
  readonly data: Buffer;
  readonly at: number;
}

/** In their order. */
function members(archive: Buffer): Member[] {
  expect(archive.toString('latin1', 0, 8)).toBe('!<arch>\n');
  const all = [];
  for (let at = 8; at < archive.length; ) {
    const header = archive.toString('latin1', at, at + 60);
    expect(header.slice(58)).toBe('`\n');
    const size = Number(header.slice(48, 58));
    all.push({ name: header.slice(0, 16).trimEnd(), fields: [header.slice(16, 28), header.slice(28, 34), header.slice(34, 40), header.slice(40, 48)].map((f) => f.trimEnd()), data: archive.subarray(at + 60, at + 60 + size), at });
    at += 60 + size + (size % 2);
  }
  return all;
}
const { fileName, octets } = deb(PACKAGE, TIME);
const [binary, control, payload] = members(octets) as [Member, Member, Member];
const inside = (archive: Buffer): ReadEntry[] => readTar(gunzipSync(archive));
const textOf = (name: string): string => fileIn(inside(control.data), name)?.toString() ?? `no ${name}`;

describe('a package', () => {
  it('has the three members that dpkg wants, at even offsets, all of root and of one date', () => {
    expect(fileName).toBe('roamstead_0.1.0-1_arm64.deb');
    expect([binary, control, payload].map(({ name }) => name)).toEqual(['debian-binary', 'control.tar.gz', 'data.tar.gz']);
    expect(binary.data.toString()).toBe('2.0\n');
    for (const { at, fields } of members(octets)) expect([at % 2, ...fields]).toEqual([0, String(TIME), '0', '0', '100644']);
  });

  it('says what it is and what it needs', () => {
    expect(textOf('control')).toBe(`Package: roamstead
Version: 0.1.0-1
Architecture: arm64
Maintainer: Somebody <somebody@example.com>
Installed-Size: 6
Depends: adduser, nodejs (>= 20.19) | roamstead-node
Section: net
Priority: optional
Homepage: https://example.com/
Description: a gateway
 Phones keep their address,
 wherever they go.
`);
  });

  it('names what its owner edits, and sums of the rest', () => {
    expect(textOf('conffiles')).toBe('/etc/roamstead/agent.yaml\n');
    expect(textOf('md5sums')).toBe('b1946ac92492d2347c6235b4d2611184  usr/bin/roamstead\n');
    expect(textOf('postinst')).toBe('#!/bin/sh\n');
  });

  it('holds every folder before what lies in it', () => {
    expect(inside(payload.data).map((e) => [e.name, e.kind === 'link' ? '' : e.mode.toString(8)])).toEqual([
      ['etc', '755'], ['etc/roamstead', '700'], ['etc/roamstead/agent.yaml', '600'], ['usr', '755'], ['usr/bin', '755'], ['usr/bin/roamstead', '755'],
    ]);
    expect(gunzipSync(payload.data).toString('latin1', 0, 6)).toBe('./etc/');
  });

  it('is the same whenever it is made', () => {
    expect(deb({ ...PACKAGE, files: PACKAGE.files.toReversed() }, TIME).octets.equals(octets)).toBe(true);
  });

  it.each([
    [{ name: 'Roamstead' }, 'package "Roamstead": a name is at least two small letters, digits, "+", "-" and "."'],
    [{ version: 'v1' }, 'package roamstead: version "v1": expected such as 0.1.0-1'],
    [{ conffiles: ['etc/other'] }, 'package roamstead: conffile etc/other is not among its files'],
  ] satisfies [Partial<DebPackage>, string][])('with %o is refused in words', (changed, words) => {
    expect(() => deb({ ...PACKAGE, ...changed }, TIME)).toThrow(words);
  });
});
