/** In place of node:path: folders of absolute paths. */
export const dirname = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')));
export const join = (...parts: readonly string[]): string => parts.join('/').replace(/\/{2,}/g, '/');
