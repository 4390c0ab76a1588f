/*
 * linux/abi.ts has the generic numbers of include/uapi/asm-generic/socket.h, and so do the words of errors. MIPS has some of its own, from
 * before there was a generic set: they are put in their place here, so that the sources are the same everywhere.
 */
#ifndef ROAMSTEAD_QUICKJS_GENERIC_H
#define ROAMSTEAD_QUICKJS_GENERIC_H

#include <errno.h>
#include <sys/socket.h>

static inline int native_type(int type) { return type == 1 ? SOCK_STREAM : type == 2 ? SOCK_DGRAM : type; }
static inline int native_level(int level) { return level == 1 ? SOL_SOCKET : level; }

static inline int native_option(int level, int name) {
  if (level != 1) return name;
  switch (name) {
    case 4: return SO_ERROR;
    case 6: return SO_BROADCAST;
    case 25: return SO_BINDTODEVICE;
    case 26: return SO_ATTACH_FILTER;
    case 32: return SO_SNDBUFFORCE;
    case 33: return SO_RCVBUFFORCE;
    default: return name;
  }
}

static inline int generic_errno(int error) {
  switch (error) {
    case ENOSYS: return 38;
    case EPROTONOSUPPORT: return 93;
    case EOPNOTSUPP: return 95;
    case EAFNOSUPPORT: return 97;
    case EADDRINUSE: return 98;
    case EADDRNOTAVAIL: return 99;
    case ENETDOWN: return 100;
    case ENETUNREACH: return 101;
    case ENOBUFS: return 105;
    case ECONNREFUSED: return 111;
    case EHOSTUNREACH: return 113;
    default: return error;
  }
}

#endif
