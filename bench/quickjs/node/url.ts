/** In place of node:url. */
export const fileURLToPath = (url: string): string => url.replace(/^file:\/\//, '');
