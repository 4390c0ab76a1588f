/** In place of node:dgram, which the product uses only where its addon is not there. */
export function createSocket(): never {
  throw new Error('there are no sockets but those of the addon');
}
