/** `npm run web:mock`: the dashboard with a simulated fleet, built when a source is newer. Options: web/mocks/main.ts. */
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

await build();
await import(join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist', 'web-mock.mjs'));
