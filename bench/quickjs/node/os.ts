/** In place of node:os. */
export const endianness = (): 'LE' | 'BE' => (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'LE' : 'BE');

/** Linux's, of those that somebody is told what to do about, or that decide something. */
export const constants = {
  errno: { EPERM: 1, ENOENT: 2, EAGAIN: 11, EACCES: 13, EEXIST: 17, ENODEV: 19, EINVAL: 22, EMFILE: 24, EAFNOSUPPORT: 97, EADDRINUSE: 98, EADDRNOTAVAIL: 99, ENETDOWN: 100, ENETUNREACH: 101, ENOBUFS: 105, ECONNREFUSED: 111, EHOSTUNREACH: 113, EWOULDBLOCK: 11, ENOTSUP: 95, EOPNOTSUPP: 95, EPROTONOSUPPORT: 93, ESRCH: 3, ENOSYS: 38 },
} as const;
