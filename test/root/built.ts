/** What packages, images and labs take from dist/ is what the sources make now. */
import { execFileSync } from 'node:child_process';
import { repository } from '../../lab/paths.ts';

/** Takes a moment where nothing has changed. */
export const buildAnew = (): void => void execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: repository, stdio: 'pipe' });
