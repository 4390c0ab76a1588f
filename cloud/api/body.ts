/** What a client sends, up to the check by schema: at most so large, JSON, and of a shape that nobody behind has to fear. */
import { Refused, refuse } from './route.ts';

/** Octets. The largest that is sent is a document for a fleet. */
export const MOST_BODY = 1 << 20;
/** Objects within objects; ours have six. */
const DEEPEST = 32;

/** @returns undefined when there is no body. @throws Refused */
export async function jsonBody(request: Request): Promise<unknown> {
  const octets = await read(request);
  if (octets.length === 0) return undefined;
  const type = request.headers.get('content-type') ?? '';
  // A form of another site can send text and forms without asking first, and not this.
  if (!/^application\/json\s*(?:;|$)/i.test(type)) refuse(415, 'expected content-type: application/json');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets));
  } catch (e) {
    return refuse(400, `expected JSON: ${e instanceof SyntaxError ? e.message.slice(0, 200) : 'this is no UTF-8'}`);
  }
  inspect(value);
  return value;
}

async function read(request: Request): Promise<Uint8Array> {
  const told = Number(request.headers.get('content-length') ?? 0);
  const tooLarge = () => new Refused(413, `expected at most ${MOST_BODY} octets`);
  if (told > MOST_BODY) throw tooLarge();
  const parts: Uint8Array[] = [];
  let size = 0;
  if (request.body) {
    for await (const part of request.body as ReadableStream<Uint8Array>) {
      size += part.length;
      if (size > MOST_BODY) throw tooLarge();
      parts.push(part);
    }
  }
  return Buffer.concat(parts);
}

/** Without recursion, which a deep value would exhaust. */
function inspect(value: unknown): void {
  const left: [value: unknown, depth: number, path: string][] = [[value, 1, '']];
  for (let next = left.pop(); next; next = left.pop()) {
    const [here, depth, path] = next;
    if (typeof here === 'string' && here.includes('\0')) refuse(400, 'expected text without NUL characters', path);
    if (typeof here === 'number' && !Number.isFinite(here)) refuse(400, 'expected a number that is not so large', path);
    if (typeof here !== 'object' || here === null) continue;
    if (depth > DEEPEST) refuse(400, `expected at most ${DEEPEST} levels`);
    for (const [key, inner] of Object.entries(here)) {
      // Whoever merges objects by key would change what all objects are.
      if (key === '__proto__') refuse(400, 'unknown key __proto__', path);
      left.push([key, depth, path], [inner, depth + 1, path === '' ? key : `${path}.${key}`]);
    }
  }
}
