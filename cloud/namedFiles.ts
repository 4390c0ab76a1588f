/** The files that the anchor's configuration names, read as the start reads them. */
import { secretOf } from '../runtime/radius/config.ts';
import { proxyOptions } from './aaa/config.ts';
import { magKeys, type LmaFile } from './config.ts';
import { redirectKeys } from './updatesConfig.ts';

/** @throws Error in words that names the file */
export function readNamedFiles(file: LmaFile): void {
  magKeys(file);
  if (file.aaa) proxyOptions(file.aaa);
  for (const service of file['lma-services']) {
    redirectKeys(service);
    service.accounting?.['radius-servers'].forEach((s, i) => secretOf(s, `accounting.radius-servers.${i}`));
  }
}
