import { createHash, createPublicKey, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ipk, packagesIndex } from '../../packaging/ipk.ts';
import { publicKeyFile, readSecretKey, secretKeyFile, signatureFile } from '../../packaging/usign.ts';
import { fileIn, readTar } from './reader.ts';
import type { ReadEntry } from './reader.ts';
import { file, sample, TIME } from './samples.ts';

const data = (entries: readonly ReadEntry[], name: string): Buffer => fileIn(entries, name) ?? expect.unreachable(`there is no ${name}`);
const inside = (octets: Buffer, member: string): ReadEntry[] => readTar(gunzipSync(data(readTar(gunzipSync(octets)), member)));

describe('ipk', () => {
  const made = ipk(sample({ depends: ['node', 'kmod-veth'], hooks: { installed: 'echo in', removing: 'echo going', removed: 'echo gone' } }), TIME);

  it('is a gzipped tar of three members, as ipkg-build makes it', () => {
    expect(made.fileName).toBe('sample_1.0-r1_all.ipk');
    expect(readTar(gunzipSync(made.octets)).map(({ name, time }) => [name, time])).toEqual([['debian-binary', TIME], ['data.tar.gz', TIME], ['control.tar.gz', TIME]]);
  });

  it('holds the files with their modes, and every folder above them', () => {
    expect(inside(made.octets, 'data.tar.gz').map((entry) => [entry.name, entry.kind === 'link' ? '' : entry.mode.toString(8)])).toEqual([
      ['etc', '755'],
      ['etc/config', '755'],
      ['etc/config/sample', '600'],
      ['usr', '755'],
      ['usr/bin', '755'],
      ['usr/bin/sample', '755'],
    ]);
  });

  it('says in control what it is', () => {
    const control = inside(made.octets, 'control.tar.gz');
    expect(control.map(({ name }) => name)).toEqual(['conffiles', 'control', 'postinst', 'postinst-pkg', 'postrm', 'prerm', 'prerm-pkg']);
    const text = data(control, 'control').toString();
    expect(text).toMatch(/^Package: sample\nVersion: 1\.0-r1\nDepends: node, kmod-veth\nLicense: Apache-2\.0\n/);
    expect(text).toMatch(/\nArchitecture: all\nInstalled-Size: 14\nDescription: A sample\n$/);
    expect(data(control, 'conffiles').toString()).toBe('/etc/config/sample\n');
  });

  it("calls OpenWrt's own steps and puts the hooks into them", () => {
    const control = inside(made.octets, 'control.tar.gz');
    const script = (name: string) => data(control, name).toString();
    expect(script('postinst')).toBe('#!/bin/sh\n[ "${IPKG_NO_SCRIPT}" = "1" ] && exit 0\n[ -s "${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0\n. "${IPKG_INSTROOT}/lib/functions.sh"\ndefault_postinst $0 $@\n');
    expect(script('postinst-pkg')).toBe('#!/bin/sh\necho in\ntrue\n');
    expect(script('prerm')).toContain('\ndefault_prerm $0 $@\n');
    expect(script('prerm-pkg')).toBe('#!/bin/sh\nif [ "${PKG_UPGRADE}" != "1" ] && [ -z "${IPKG_INSTROOT}" ]; then\necho going\nfi\ntrue\n');
    expect(script('postrm')).toContain('\necho gone\n');
  });

  it('without hooks has no script of its own', () => {
    expect(inside(ipk(sample(), TIME).octets, 'control.tar.gz').map(({ name }) => name)).toEqual(['conffiles', 'control', 'postinst', 'prerm']);
  });

  it.each([
    [{ name: 'Sample' }, 'package "Sample": a name is small letters'],
    [{ version: '1.0' }, 'version "1.0": expected digits with dots and a release'],
    [{ version: '1.0_rc1-r1' }, 'expected digits with dots'],
    [{ conffiles: ['etc/config/other'] }, 'conffile etc/config/other is not among its files'],
    [{ description: 'a\nDepends: b' }, 'the description is one line'],
    [{ files: [file('../etc/passwd', '')], conffiles: [] }, 'is not a path below the root'],
  ])('refuses %j', (wrong, why) => {
    expect(() => ipk(sample(wrong), TIME)).toThrow(why);
  });

  it('the index lists packages by name, each with its size and sum', () => {
    const other = ipk(sample({ name: 'another', conffiles: [] }), TIME);
    const { plain, gzipped } = packagesIndex([made, other]);
    const paragraphs = plain.toString().split('\n\n');
    expect(paragraphs.map((paragraph) => /^Package: (.*)/.exec(paragraph)?.[1])).toEqual(['another', 'sample', undefined]);
    expect(paragraphs[1]).toContain(`\nFilename: sample_1.0-r1_all.ipk\nSize: ${made.octets.length}\nSHA256sum: ${createHash('sha256').update(made.octets).digest('hex')}\n`);
    expect(gunzipSync(gzipped).equals(plain)).toBe(true);
  });
});

describe('usign', () => {
  const secret = secretKeyFile('test key', Buffer.alloc(32, 1), Buffer.from('0123456789abcdef', 'hex'), Buffer.alloc(16, 3));
  const key = readSecretKey(secret, 'a.sec');

  it('reads what it wrote', () => {
    expect([key.number, key.comment]).toEqual(['0123456789abcdef', 'test key']);
  });

  it('writes a public key and a signature that another implementation of Ed25519 takes', () => {
    const octets = (text: string) => Buffer.from(text.split('\n')[1] ?? '', 'base64');
    const message = Buffer.from('Package: sample\n');
    const [pub, sig] = [octets(publicKeyFile(key)), octets(signatureFile(message, key))];
    expect([pub.length, sig.length]).toEqual([42, 74]);
    expect(pub.toString('hex', 0, 10)).toBe('45640123456789abcdef');
    expect(sig.toString('hex', 0, 10)).toBe('45640123456789abcdef');
    const spki = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: pub.toString('base64url', 10) }, format: 'jwk' });
    expect(verify(null, message, spki, sig.subarray(10))).toBe(true);
    expect(verify(null, Buffer.from('Package: other\n'), spki, sig.subarray(10))).toBe(false);
  });

  it('signs the same way every time', () => {
    expect(signatureFile(Buffer.from('a'), key)).toBe(signatureFile(Buffer.from('a'), key));
  });

  it.each([
    ['untrusted comment: x\nAAAA\n', 'is not a secret key of usign'],
    [publicKeyFile(key), 'is not a secret key of usign'],
    [secret.replace(/\n(.{140})/, (_, start: string) => `\n${start.slice(0, 100)}${start[100] === 'A' ? 'B' : 'A'}${start.slice(101)}`), 'is damaged'],
    [`c\n${Buffer.concat([Buffer.from('EdBK\0\0\0\x10'), Buffer.alloc(96)]).toString('base64')}\n`, 'has a passphrase'],
  ])('refuses another file', (text, why) => {
    expect(() => readSecretKey(text, 'a.sec')).toThrow(why);
  });
});
