/** The authority, looked at by openssl: what a library of ours wrote must be read by everybody else's. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAuthority, type OpenAuthority } from '../../../cloud/pki/authority.ts';
import { makeRequest } from './request.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 23);
let folder: string;
let time = START;
let authority: OpenAuthority;
const names = ['cloud.example', '192.0.2.1', '2001:db8::1'];
const open = (gatewayLives?: number): Promise<OpenAuthority> => openAuthority({ folder, names, now: () => time, ...(gatewayLives === undefined ? {} : { gatewayLives }) });

const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8' });
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
/** As it would be at that time, so that the tests do not end with the certificates. */
const verify = (certificate: string, ...more: string[]) =>
  spawnSync('openssl', ['verify', '-attime', String(time / 1000), '-x509_strict', '-CAfile', join(folder, 'authority.pem'), ...more, file('checked.tmp', certificate)], { encoding: 'utf8' });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamstead-pki-'));
  authority = await open();
});
afterAll(async () => {
  await authority.close();
  rmSync(folder, { recursive: true });
});

describe('the authority', () => {
  it('issues a gateway a certificate whose CN is the hash of its key, whatever the request says', async () => {
    const { request, gateway, publicKey } = makeRequest('CN=cloud,O=somebody else');
    const proven = await authority.prove(request);
    expect(proven.gateway).toBe(gateway);
    const issued = await authority.issue(proven);
    expect(verify(issued.pem, '-purpose', 'sslclient')).toMatchObject({ status: 0 });
    expect(verify(issued.pem, '-purpose', 'sslserver').status).not.toBe(0);
    const certificate = new X509Certificate(issued.pem);
    expect(certificate.subject).toBe(`CN=${gateway}`);
    expect(certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(publicKey)).toBe(true);
    expect(certificate.serialNumber.toLowerCase()).toBe(issued.serial);
    expect(issued.expires).toBe(time + 90 * DAY);
    expect(authority.valid(gateway)).toEqual([issued.serial]);
  });

  it('knows a request that openssl made', async () => {
    const key = openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256');
    const request = openssl('req', '-new', '-key', file('gateway.tmp', key), '-subj', '/CN=x');
    expect((await authority.prove(request)).gateway).toMatch(/^gw-[a-z2-7]{26}$/);
  });

  it.each([
    ['no request', () => 'hello', 'no certificate request'],
    ['a signature by another key', () => makeRequest('CN=x', { forged: true }).request, 'not made with its key'],
    ['a key on another curve', () => makeRequest('CN=x', { curve: 'P-384' }).request, 'none of P-256'],
    ['half of a request', () => makeRequest('CN=x').request.slice(0, 200), 'no certificate request'],
    ['a very long text', () => 'A'.repeat(100_000), 'more than 4096'],
  ])('refuses %s', async (_, request, words) => {
    await expect(authority.prove(request())).rejects.toThrow(words);
  });

  it('gives the broker a certificate for all of its names, and another one in time', async () => {
    const first = await authority.server();
    expect(verify(first.pem, '-purpose', 'sslserver', '-verify_hostname', 'cloud.example')).toMatchObject({ status: 0 });
    expect(verify(first.pem, '-verify_ip', '2001:db8::1')).toMatchObject({ status: 0 });
    expect(verify(first.pem, '-verify_hostname', 'other.example').status).not.toBe(0);
    expect(await authority.server()).toMatchObject({ serial: first.serial });
    time += 61 * DAY;
    const [second, same] = await Promise.all([authority.server(), authority.server()]);
    expect(second.serial).not.toBe(first.serial);
    expect(same.serial).toBe(second.serial);
    time = START;
  });

  it('lists what is revoked, for openssl too', async () => {
    const gone = await authority.issue(await authority.prove(makeRequest('CN=x').request));
    const stays = await authority.issue(await authority.prove(makeRequest('CN=x').request));
    const before = await authority.revocationList();
    const told: string[] = [];
    authority.onRevocation((serials) => told.push(...serials));
    await authority.revoke([gone.serial]);
    // A ledger that is older than the certificate does not know it; a home without one has no serial.
    await authority.revoke([gone.serial, 'ab12', '']);
    expect(told).toEqual([gone.serial, 'ab12']);
    expect([gone.serial, 'ab12', stays.serial, ''].map((s) => authority.isRevoked(s))).toEqual([true, true, false, false]);
    const list = await authority.revocationList();
    expect(list).not.toBe(before);
    const text = openssl('crl', '-in', file('list.tmp', list), '-noout', '-text', '-CAfile', join(folder, 'authority.pem'), '-verify');
    for (const serial of [gone.serial, 'ab12']) expect(text.toLowerCase()).toContain(`serial number: ${serial}`);
    expect(text).toMatch(/CRL Number: *\n +\S+/);
    const checked = (pem: string) => verify(pem, '-crl_check', '-CRLfile', join(folder, 'list.tmp'));
    expect(checked(stays.pem)).toMatchObject({ status: 0 });
    expect(checked(gone.pem).stderr).toContain('certificate revoked');
  });

  it('signs the list anew before it is too old', async () => {
    const first = await authority.revocationList();
    time += 16 * DAY;
    expect(await authority.revocationList()).not.toBe(first);
    time = START;
  });

  it('renews the claim credential, and the old one is refused where that is wanted', async () => {
    const first = await authority.claim();
    const second = await authority.renewClaim({ revokeOld: false });
    expect([second.serial === first.serial, authority.isRevoked(first.serial)]).toEqual([false, false]);
    const third = await authority.renewClaim({ revokeOld: true });
    expect([first, second, third].map((c) => authority.isRevoked(c.serial))).toEqual([true, true, false]);
    expect((await authority.claim()).serial).toBe(third.serial);
    expect(new X509Certificate(third.pem).subject).toBe('CN=claim');
  });

  it('is the same after a restart, with its revocations; what was torn off is forgotten, what has ended too, but no revocation', async () => {
    const gone = await authority.issue(await authority.prove(makeRequest('CN=x').request));
    const ends = await authority.issue(await authority.prove(makeRequest('CN=x').request));
    await authority.revoke([gone.serial]);
    const server = await authority.server();
    const { certificate } = authority;
    await authority.close();
    appendFileSync(join(folder, 'certificates.jsonl'), '{"kind":"issu');
    authority = await open();
    expect(authority.certificate).toBe(certificate);
    expect([gone.serial, 'ab12'].map((s) => authority.isRevoked(s))).toEqual([true, true]);
    expect((await authority.server()).serial).toBe(server.serial);
    await authority.close();
    time += 100 * DAY;
    authority = await open();
    expect(readFileSync(join(folder, 'certificates.jsonl'), 'utf8')).not.toContain(ends.serial);
    time = START;
    // That clock was wrong: who was revoked is still out.
    expect(authority.isRevoked(gone.serial)).toBe(true);
  });

  it('keeps its files for itself', () => {
    const kept = readdirSync(folder).filter((name) => !name.endsWith('.tmp'));
    expect(kept.toSorted()).toEqual(['authority.key', 'authority.pem', 'certificates.jsonl', 'claim.pem', 'server.pem']);
    for (const name of kept) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
  });

  it('makes nothing anew over what it cannot read', async () => {
    const other = mkdtempSync(join(tmpdir(), 'roamstead-pki-'));
    const opened = (): Promise<OpenAuthority> => openAuthority({ folder: other, names, now: () => time });
    writeFileSync(join(other, 'authority.pem'), authority.certificate);
    await expect(opened()).rejects.toThrow('authority.key is missing');
    const foreign = execFileSync('openssl', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']);
    writeFileSync(join(other, 'authority.key'), foreign);
    await expect(opened()).rejects.toThrow('do not belong together');
    writeFileSync(join(other, 'authority.key'), readFileSync(join(folder, 'authority.key')));
    writeFileSync(join(other, 'certificates.jsonl'), 'something else\n');
    await expect(opened()).rejects.toThrow('which certificates are revoked');
    rmSync(other, { recursive: true });
  });
});
