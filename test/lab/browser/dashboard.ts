/** The built dashboard in front of the simulated fleet, for browser tests that need no cloud. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { startMock, type Mock, type MockOptions } from '../../../web/mocks/mock.ts';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Builds into a folder of its own, so that what is served elsewhere stays. */
export async function buildDashboard(): Promise<{ readonly files: string; remove(): void }> {
  const files = mkdtempSync(join(tmpdir(), 'roamstead-web-'));
  await build({ configFile: join(root, 'web', 'vite.config.ts'), logLevel: 'error', build: { outDir: files, emptyOutDir: true } });
  return { files, remove: () => rmSync(files, { recursive: true, force: true }) };
}

export const mockCloud = (files: string, options: Omit<MockOptions, 'files'> = {}): Promise<Mock> => startMock({ files, ...options });
