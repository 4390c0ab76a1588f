/** An authority for tests, by openssl: small, and not what the cloud uses. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestAuthority {
  readonly certificate: string;
  /** @param request PKCS#10, PEM */
  sign(request: string, days?: number, extensions?: string): string;
}

export function testAuthority(): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'roamstead-ca-'));
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path('ca.key'), '-out', path('ca.pem'), '-days', '30', '-subj', '/CN=Test fleet');
  const [certificate, key] = [readFileSync(path('ca.pem'), 'utf8'), readFileSync(path('ca.key'), 'utf8')];
  rmSync(folder, { recursive: true });
  return {
    certificate,
    sign(request, days = 30, extensions) {
      const own = mkdtempSync(join(tmpdir(), 'roamstead-ca-'));
      const file = (name: string, text: string): string => {
        writeFileSync(join(own, name), text);
        return join(own, name);
      };
      try {
        const more = extensions === undefined ? [] : ['-extfile', file('ext', extensions)];
        return execFileSync('openssl', ['x509', '-req', '-in', file('req', request), '-CA', file('ca.pem', certificate), '-CAkey', file('ca.key', key), '-CAcreateserial', '-days', String(days), ...more], { stdio: 'pipe' }).toString();
      } finally {
        rmSync(own, { recursive: true });
      }
    },
  };
}
