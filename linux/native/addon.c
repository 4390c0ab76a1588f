/*
 * The system calls that Node does not offer: sockets of any family, poll, ioctl, bpf(2), adjtimex(2), setns(2).
 *
 * Node-API version 8, so one file serves every Node from 20 on. No Node headers: the Node-API headers come from the
 * node-api-headers package, and poll.c declares the few libuv functions. Every call returns >= 0 or -errno; an
 * argument of the wrong type throws a TypeError; nothing here blocks, and nothing trusts a length from JavaScript.
 */
#define _GNU_SOURCE
#include "arguments.h"
#include "batch.h"
#include "poll.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/* ---- sockets and files */

static napi_value Socket(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int domain = int_at(&a, 0), type = int_at(&a, 1), protocol = int_at(&a, 2);
  RETURN(socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

static napi_value Bind(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets address = octets_at(&a, 1);
  RETURN(bind(fd, address.data, (socklen_t)address.length));
}

static napi_value Connect(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets address = octets_at(&a, 1);
  RETURN(connect(fd, address.data, (socklen_t)address.length));
}

/* setsockopt(fd, level, name, value, pointers?): a struct sock_fprog holds a pointer of the machine's own width */
static napi_value SetSockOpt(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0), level = int_at(&a, 1), name = int_at(&a, 2);
  octets value = octets_at(&a, 3);
  if (a.ok && !absent(&a, 4)) pointers_at(&a, 4, value, sizeof(void *));
  RETURN(setsockopt(fd, level, name, value.data, (socklen_t)value.length));
}

static napi_value GetSockOpt(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0), level = int_at(&a, 1), name = int_at(&a, 2);
  octets value = octets_at(&a, 3);
  socklen_t length = (socklen_t)value.length;
  RETURN(getsockopt(fd, level, name, value.data, &length) < 0 ? -1 : (long)length);
}

static napi_value GetSockName(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets address = octets_at(&a, 1);
  socklen_t length = (socklen_t)address.length;
  RETURN(getsockname(fd, address.data, &length) < 0 ? -1 : (long)length);
}

/* The kernel writes as much as the request says, so a shorter buffer is refused here. */
static napi_value Ioctl(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  unsigned long request = (unsigned long)integer(&a, 1, 0, UINT32_MAX);
  octets argument = octets_at(&a, 2);
  size_t needed = _IOC_SIZE(request) > sizeof(struct ifreq) ? _IOC_SIZE(request) : sizeof(struct ifreq);
  if (a.ok && argument.length < needed) wrong(&a, "the ioctl needs a larger buffer");
  if (a.ok && !absent(&a, 3)) pointers_at(&a, 3, argument, sizeof(void *));
  RETURN(ioctl(fd, request, argument.data));
}

static napi_value Open(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  char path[4096];
  text_at(&a, 0, path, sizeof path);
  int flags = int_at(&a, 1);
  RETURN(open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600));
}

static napi_value Read(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets data = octets_at(&a, 1);
  RETURN(read(fd, data.data, data.length));
}

static napi_value Write(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets data = octets_at(&a, 1);
  RETURN(write(fd, data.data, data.length));
}

/* sendmsg(fd, data, address?, control?, flags?) */
static napi_value SendMsg(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets data = octets_at(&a, 1), address = octets_or_none(&a, 2), control = octets_or_none(&a, 3);
  int flags = flags_at(&a, 4);
  struct iovec part = {data.data, data.length};
  struct msghdr m = {.msg_name = address.data, .msg_namelen = (socklen_t)address.length, .msg_iov = &part, .msg_iovlen = 1};
  m.msg_control = control.length ? control.data : NULL;
  m.msg_controllen = control.length;
  RETURN(sendmsg(fd, &m, flags | MSG_NOSIGNAL | MSG_DONTWAIT));
}

/* recvmsg(fd, data, address?, control?, lengths: Uint32Array(3), flags?): lengths = address, control, msg_flags */
static napi_value RecvMsg(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets data = octets_at(&a, 1), address = octets_or_none(&a, 2), control = octets_or_none(&a, 3);
  octets lengths = typed(&a, a.v[4], napi_uint32_array, "a Uint32Array is needed");
  int flags = flags_at(&a, 5);
  if (a.ok && lengths.length < 3) wrong(&a, "a Uint32Array of 3 is needed");
  if (!a.ok) return NULL;
  struct iovec part = {data.data, data.length};
  struct msghdr m = {.msg_name = address.data, .msg_namelen = (socklen_t)address.length, .msg_iov = &part, .msg_iovlen = 1};
  m.msg_control = control.length ? control.data : NULL;
  m.msg_controllen = control.length;
  long n = RETRY(recvmsg(fd, &m, flags | MSG_DONTWAIT));
  if (n >= 0) {
    uint32_t *out = lengths.data;
    out[0] = m.msg_namelen;
    out[1] = (uint32_t)m.msg_controllen;
    out[2] = (uint32_t)m.msg_flags;
  }
  return result(env, n);
}

static napi_value Close(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  if (!a.ok) return NULL;
  poll_forget(env, fd);
  return result(env, close(fd)); /* not retried: Linux has closed it even on EINTR */
}

/* ---- bpf, clocks, names, namespaces */

/*
 * bpf(cmd, attr, pointers): writes the address of each buffer as 64 bits into attr, then calls bpf(2). The buffers must be as large as the kernel expects (key and value size of the map, log size, ...).
 */
static napi_value Bpf(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int command = int_at(&a, 0);
  octets attr = octets_at(&a, 1);
  pointers_at(&a, 2, attr, sizeof(uint64_t));
  RETURN(syscall(SYS_bpf, command, attr.data, (unsigned)attr.length));
}

/* adjtimex() -> {state, status}: state 5 (TIME_ERROR) or status & 0x40 (STA_UNSYNC) = the clock is not synchronised */
static napi_value AdjTimex(napi_env env, napi_callback_info info) {
  (void)info;
  struct timex t;
  napi_value v;
  memset(&t, 0, sizeof t);
  int clock_state = adjtimex(&t);
  if (clock_state < 0) return number(env, -errno);
  napi_create_object(env, &v);
  napi_set_named_property(env, v, "state", number(env, clock_state));
  napi_set_named_property(env, v, "status", number(env, t.status));
  return v;
}

/*
 * realtime(): the calling thread is run before all that are not realtime (SCHED_RR, the lowest priority); what it starts is not.
 * By its number, because musl's sched_setscheduler() only says ENOSYS.
 */
static napi_value RealTime(napi_env env, napi_callback_info info) {
  (void)info;
  struct sched_param p = {.sched_priority = 1};
  return result(env, syscall(SYS_sched_setscheduler, 0, SCHED_RR | SCHED_RESET_ON_FORK, &p));
}

static napi_value IfNameToIndex(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  char name[IF_NAMESIZE];
  text_at(&a, 0, name, sizeof name);
  if (!a.ok) return NULL;
  unsigned index = if_nametoindex(name);
  return result(env, index ? (long)index : -1);
}

/* Milliseconds on CLOCK_MONOTONIC, the clock of bpf_ktime_get_ns() and process.hrtime(). */
static napi_value ClockMonotonicMs(napi_env env, napi_callback_info info) {
  (void)info;
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return number(env, (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6);
}

/* Moves the calling thread into the network namespace of fd. */
static napi_value SetNs(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  RETURN(setns(fd, CLONE_NEWNET));
}

NAPI_MODULE_INIT() {
  static const struct { const char *name; napi_callback call; } calls[] = {
      {"socket", Socket}, {"bind", Bind}, {"connect", Connect}, {"setsockopt", SetSockOpt}, {"getsockopt", GetSockOpt},
      {"getsockname", GetSockName}, {"ioctl", Ioctl}, {"open", Open}, {"read", Read}, {"write", Write}, {"close", Close},
      {"sendmsg", SendMsg}, {"recvmsg", RecvMsg}, {"pollStart", PollStart}, {"pollStop", PollStop}, {"pollRef", PollRef},
      {"bpf", Bpf}, {"adjtimex", AdjTimex}, {"ifNameToIndex", IfNameToIndex}, {"clockMonotonicMs", ClockMonotonicMs},
      {"setns", SetNs}, {"realtime", RealTime}, {"recvmmsg", RecvMMsg}, {"sendmmsg", SendMMsg}, {"hmacSha1", HmacSha1},
  };
  if (!poll_setup(env)) return NULL;
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    napi_value f;
    napi_create_function(env, calls[i].name, NAPI_AUTO_LENGTH, calls[i].call, NULL, &f);
    napi_set_named_property(env, exports, calls[i].name, f);
  }
  return exports;
}
