/** A file that the API makes for a question, given to the browser to keep. */
import { ApiFailure, hooks } from './api.ts';

/** @param path below /api/v1 @param name unless the answer gives one */
export async function saveFile(path: string, body: unknown, name: string): Promise<void> {
  const csrf = hooks().csrf();
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...(csrf ? { 'x-roamstead-csrf': csrf } : {}) }, credentials: 'same-origin', body: JSON.stringify(body) });
  } catch {
    throw new ApiFailure(0, { error: hooks().noAnswer() });
  }
  if (!answer.ok) {
    const said = (await answer.json().catch(() => ({}))) as { readonly error?: string };
    throw new ApiFailure(answer.status, { error: said.error ?? hooks().noAnswer() });
  }
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? name;
  link.click();
  URL.revokeObjectURL(address);
}
