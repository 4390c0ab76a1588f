/** A file that the API makes, given to the browser to keep. */
import { ask } from './api.ts';

/** @param path below /api/v1 @param name unless the answer gives one */
export async function saveFile(path: string, body: unknown, name: string): Promise<void> {
  const answer = await ask('POST', path, body);
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? name;
  link.click();
  URL.revokeObjectURL(address);
}
