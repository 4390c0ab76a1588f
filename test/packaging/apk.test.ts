import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apk, apkIndex, apkIndexText, firstMember, signApk } from '../../packaging/apk.ts';
import { apkPublicKey } from '../../packaging/keys.ts';
import { gzip } from '../../packaging/tar.ts';
import { gzipMembers, openApk, readIndex } from './apkFile.ts';
import { fileIn, readTar } from './reader.ts';
import { file, sample, testKeys, TIME } from './samples.ts';

const keys = testKeys();
const trusted = new Map([[keys.apkName, apkPublicKey(keys)]]);
const hooks = { installed: 'echo in', removing: 'echo going', removed: 'echo gone' };
const made = apk(sample({ depends: ['node', 'kmod-veth'], provides: ['thing=1.0-r1'], hooks }), TIME);
const identity = /^C:(.*)$/m.exec(made.paragraph)?.[1] ?? '';

describe('apk', () => {
  it('is two gzip members of one tar: control, then data', () => {
    expect(made.fileName).toBe('sample-1.0-r1.apk');
    const [control, data, ...more] = gzipMembers(made.octets).map((member) => gunzipSync(member));
    expect(more).toEqual([]);
    expect(readTar(Buffer.concat([control ?? Buffer.alloc(0), data ?? Buffer.alloc(0)])).map(({ name }) => name).slice(0, 6)).toEqual(['.PKGINFO', '.post-install', '.post-upgrade', '.pre-deinstall', '.post-deinstall', 'etc']);
  });

  it('is known by the sum of its control member', () => {
    const [control = Buffer.alloc(0)] = gzipMembers(made.octets);
    expect(identity).toBe(`Q1${createHash('sha1').update(control).digest('base64')}`);
    const opened = openApk(made.octets, { identity });
    expect([opened.name, opened.version, opened.depends, opened.provides]).toEqual(['sample', '1.0-r1', ['node', 'kmod-veth'], ['thing=1.0-r1']]);
    expect(() => openApk(made.octets, { identity: 'Q1other' })).toThrow('integrity error');
  });

  it("has OpenWrt's lists among its files", () => {
    const { data } = openApk(made.octets, { identity });
    const text = (name: string) => fileIn(data, `lib/apk/packages/sample.${name}`)?.toString();
    expect(text('list')).toBe('/etc/config/sample\n/usr/bin/sample\n');
    expect(text('conffiles')).toBe('/etc/config/sample\n');
    expect(text('conffiles_static')).toBe(`/etc/config/sample ${createHash('sha256').update('one\n').digest('hex')}\n`);
  });

  it("scripts set what OpenWrt's steps ask for, and call the hooks", () => {
    const { scripts } = openApk(made.octets, { identity });
    const lines = (name: string) => scripts.get(name)?.split('\n') ?? [];
    expect(lines('post-install')).toEqual(['#!/bin/sh', '[ "${IPKG_NO_SCRIPT}" = "1" ] && exit 0', '[ -s "${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0', '. "${IPKG_INSTROOT}/lib/functions.sh"', 'export root="${IPKG_INSTROOT}"', 'export pkgname="sample"', 'add_group_and_user', 'default_postinst', 'echo in', 'true', '']);
    expect(lines('post-upgrade')).toEqual(['#!/bin/sh', 'export PKG_UPGRADE=1', ...lines('post-install').slice(1)]);
    expect(lines('pre-deinstall').slice(5)).toEqual(['default_prerm', 'if [ "${PKG_UPGRADE}" != "1" ] && [ -z "${IPKG_INSTROOT}" ]; then', 'echo going', 'fi', 'true', '']);
    expect(lines('post-deinstall')).toContain('echo gone');
  });

  it('is taken from a file when a known key signed it, signed anew or not', () => {
    const signed = signApk(made.octets, keys.apkName, keys.apk, TIME);
    expect(openApk(signed, { keys: trusted }).name).toBe('sample');
    expect(openApk(signed, { identity }).name).toBe('sample');
    expect(signApk(signed, keys.apkName, keys.apk, TIME).equals(signed)).toBe(true);
    expect(() => openApk(made.octets, { keys: trusted })).toThrow('UNTRUSTED signature');
    expect(() => openApk(signed, { keys: new Map([[keys.apkName, apkPublicKey(testKeys())]]) })).toThrow('BAD signature');
  });

  it('changed in any octet it is not taken', () => {
    const signed = signApk(made.octets, keys.apkName, keys.apk, TIME);
    // Not the gzip headers: date, flags of the packer and system are in no sum but those of the members that are signed or hashed.
    fc.assert(fc.property(fc.integer({ min: firstMember(signed), max: signed.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(signed);
      changed[at] = (changed[at] ?? 0) ^ by;
      expect(() => openApk(changed, { keys: trusted })).toThrow();
    }), { numRuns: 60 });
  });

  it('says where a member ends', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
      const first = gzip(a);
      expect(firstMember(Buffer.concat([first, gzip(b)]))).toBe(first.length);
    }), { numRuns: 40 });
  });
});

describe('APKINDEX', () => {
  it('lists packages by name, and is read by whoever has the key', () => {
    const other = apk(sample({ name: 'another', files: [file('usr/a', 'a')], conffiles: [] }), TIME);
    const unsigned = apkIndex(apkIndexText([made, other]), 'test', TIME);
    expect(() => readIndex(unsigned, trusted)).toThrow('UNTRUSTED signature');
    const index = readIndex(signApk(unsigned, keys.apkName, keys.apk, TIME), trusted);
    expect(index.map(({ name, size }) => [name, size])).toEqual([['another', other.octets.length], ['sample', made.octets.length]]);
    expect(index[1]).toMatchObject({ version: '1.0-r1', identity, depends: ['node', 'kmod-veth'], provides: ['thing=1.0-r1'] });
  });
});
