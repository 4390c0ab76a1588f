import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { makeKey, readKey } from '../../../agent/fleet/key.ts';
import { isGatewayId } from '../../../runtime/fleet/gatewayId.ts';

it('a key is the gateway that it was before', () => {
  const key = makeKey();
  expect(isGatewayId(key.gateway)).toBe(true);
  expect(readKey(key.pem).gateway).toBe(key.gateway);
  expect(makeKey().gateway).not.toBe(key.gateway);
});

/** What it prints on both of its streams. */
const openssl = (request: string): string => {
  const { stdout, stderr } = spawnSync('openssl', ['req', '-verify', '-noout', '-subject', '-text'], { input: request });
  return `${stdout.toString()}${stderr.toString()}`;
};

it('openssl takes the request for what it is: signed by its own key, in the name of the gateway', () => {
  const key = makeKey();
  const text = openssl(key.request());
  for (const said of [`CN = ${key.gateway}`, 'NIST CURVE: P-256', 'ecdsa-with-SHA256', 'verify OK']) expect(text).toContain(said);
  const forged = Buffer.from(key.request().split('\n').slice(1, -2).join(''), 'base64');
  forged[forged.length - 1] = (forged.at(-1) as number) ^ 1;
  expect(openssl(`-----BEGIN CERTIFICATE REQUEST-----\n${forged.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE REQUEST-----\n`)).toContain('verify failure');
});

it('what is no key of P-256 is refused in words', () => {
  expect(() => readKey('')).toThrow('it is no private key');
  expect(() => readKey(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow('it is no key of P-256');
});
