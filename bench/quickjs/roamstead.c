/*
 * The system calls of linux/native.ts as a module for QuickJS, beside the one for Node (linux/native/). The same contract: every call
 * returns >= 0 or -errno, an argument of the wrong type throws a TypeError, nothing blocks, no length from JavaScript is trusted.
 * Waiting is QuickJS's own (os.setReadHandler).
 */
#define _GNU_SOURCE
#include "arguments.h"
#include "sha1.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/* ---- sockets and files */

CALL(Socket) {
  ARGUMENTS;
  int domain = int_at(&a, 0), type = int_at(&a, 1), protocol = int_at(&a, 2);
  RETURN(socket(domain, native_type(type) | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

CALL(Bind) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets address = octets_at(&a, 1);
  RETURN(bind(fd, (struct sockaddr *)address.data, (socklen_t)address.length));
}

CALL(Connect) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets address = octets_at(&a, 1);
  RETURN(connect(fd, (struct sockaddr *)address.data, (socklen_t)address.length));
}

CALL(SetSockOpt) {
  ARGUMENTS;
  int fd = fd_at(&a, 0), level = int_at(&a, 1), name = int_at(&a, 2);
  octets value = octets_at(&a, 3);
  if (a.ok && !absent(&a, 4)) pointers_at(&a, 4, value, sizeof(void *));
  RETURN(setsockopt(fd, native_level(level), native_option(level, name), value.data, (socklen_t)value.length));
}

CALL(GetSockOpt) {
  ARGUMENTS;
  int fd = fd_at(&a, 0), level = int_at(&a, 1), name = int_at(&a, 2);
  octets value = octets_at(&a, 3);
  socklen_t length = (socklen_t)value.length;
  RETURN(getsockopt(fd, native_level(level), native_option(level, name), value.data, &length) < 0 ? -1 : (long)length);
}

CALL(GetSockName) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets address = octets_at(&a, 1);
  socklen_t length = (socklen_t)address.length;
  RETURN(getsockname(fd, (struct sockaddr *)address.data, &length) < 0 ? -1 : (long)length);
}

/* The kernel writes as much as the request says, so a shorter buffer is refused here. */
CALL(Ioctl) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  unsigned long request = (unsigned long)integer_of(&a, value_at(&a, 1), 0, UINT32_MAX);
  octets argument = octets_at(&a, 2);
  size_t needed = _IOC_SIZE(request) > sizeof(struct ifreq) ? _IOC_SIZE(request) : sizeof(struct ifreq);
  if (a.ok && argument.length < needed) wrong(&a, "the ioctl needs a larger buffer");
  if (a.ok && !absent(&a, 3)) pointers_at(&a, 3, argument, sizeof(void *));
  RETURN(ioctl(fd, request, argument.data));
}

CALL(Open) {
  ARGUMENTS;
  int flags = int_at(&a, 1);
  const char *path = a.ok ? JS_ToCString(ctx, value_at(&a, 0)) : NULL;
  if (!path) return JS_EXCEPTION;
  JSValue opened = result(ctx, RETRY(open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600)));
  JS_FreeCString(ctx, path);
  return opened;
}

CALL(Read) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets data = octets_at(&a, 1);
  RETURN(read(fd, data.data, data.length));
}

CALL(Write) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets data = octets_at(&a, 1);
  RETURN(write(fd, data.data, data.length));
}

static struct msghdr header_of(octets address, octets control, struct iovec *part) {
  return (struct msghdr){.msg_name = address.data, .msg_namelen = (socklen_t)address.length, .msg_iov = part, .msg_iovlen = 1,
                         .msg_control = control.length ? control.data : NULL, .msg_controllen = control.length};
}

/* sendmsg(fd, data, address?, control?, flags?) */
CALL(SendMsg) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets data = octets_at(&a, 1), address = octets_or_none(&a, 2), control = octets_or_none(&a, 3);
  int flags = flags_at(&a, 4);
  struct iovec part = {data.data, data.length};
  struct msghdr m = header_of(address, control, &part);
  RETURN(sendmsg(fd, &m, flags | MSG_NOSIGNAL | MSG_DONTWAIT));
}

/* recvmsg(fd, data, address?, control?, lengths: Uint32Array(3), flags?): lengths = address, control, msg_flags */
CALL(RecvMsg) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  octets data = octets_at(&a, 1), address = octets_or_none(&a, 2), control = octets_or_none(&a, 3), lengths = words_at(&a, 4);
  int flags = flags_at(&a, 5);
  if (a.ok && lengths.length < 3) wrong(&a, "a Uint32Array of 3 is needed");
  if (!a.ok) return JS_EXCEPTION;
  struct iovec part = {data.data, data.length};
  struct msghdr m = header_of(address, control, &part);
  long n = RETRY(recvmsg(fd, &m, flags | MSG_DONTWAIT));
  if (n >= 0) {
    uint32_t out[3] = {m.msg_namelen, (uint32_t)m.msg_controllen, (uint32_t)m.msg_flags};
    memcpy(lengths.data, out, sizeof out);
  }
  return result(ctx, n);
}

/* ---- many datagrams in one call: slots of equal size, three words of `lengths` each */

enum { MOST = 64, FIELDS = 3 };

typedef struct { octets data, names, control, lengths; size_t slots; struct mmsghdr all[MOST]; struct iovec parts[MOST]; } batch;

static void batch_at(args *a, batch *b) {
  b->data = octets_at(a, 1), b->names = octets_at(a, 2), b->control = octets_at(a, 3), b->lengths = words_at(a, 4);
  b->slots = b->lengths.length / FIELDS;
  if (a->ok && (b->slots == 0 || b->slots > MOST)) wrong(a, "lengths of 1 to 64 datagrams are needed");
  if (!a->ok) return;
  size_t data = b->data.length / b->slots, name = b->names.length / b->slots, control = b->control.length / b->slots;
  for (size_t i = 0; i < b->slots; i++) {
    b->parts[i] = (struct iovec){b->data.data + i * data, data};
    b->all[i] = (struct mmsghdr){.msg_hdr = header_of((octets){b->names.data + i * name, name}, (octets){b->control.data + i * control, control}, &b->parts[i])};
  }
}

CALL(RecvMMsg) {
  ARGUMENTS;
  batch b;
  int fd = fd_at(&a, 0);
  batch_at(&a, &b);
  if (!a.ok) return JS_EXCEPTION;
  long n = RETRY(recvmmsg(fd, b.all, (unsigned)b.slots, MSG_DONTWAIT, NULL));
  for (long i = 0; i < n; i++) {
    uint32_t out[FIELDS] = {b.all[i].msg_len, b.all[i].msg_hdr.msg_namelen, (uint32_t)b.all[i].msg_hdr.msg_controllen};
    memcpy(b.lengths.data + (size_t)i * sizeof out, out, sizeof out);
  }
  return result(ctx, n);
}

CALL(SendMMsg) {
  ARGUMENTS;
  batch b;
  int fd = fd_at(&a, 0);
  batch_at(&a, &b);
  size_t count = (size_t)integer_of(&a, value_at(&a, 5), 1, a.ok ? (int64_t)b.slots : 1);
  for (size_t i = 0; a.ok && i < count; i++) {
    uint32_t in[FIELDS];
    struct msghdr *m = &b.all[i].msg_hdr;
    memcpy(in, b.lengths.data + i * sizeof in, sizeof in);
    if (in[0] > b.parts[i].iov_len || in[1] > m->msg_namelen || in[2] > m->msg_controllen) wrong(&a, "a length is larger than its slot");
    b.parts[i].iov_len = in[0], m->msg_namelen = in[1], m->msg_controllen = in[2];
    if (in[2] == 0) m->msg_control = NULL;
  }
  RETURN(sendmmsg(fd, b.all, (unsigned)count, MSG_NOSIGNAL | MSG_DONTWAIT));
}

CALL(Close) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  return a.ok ? result(ctx, close(fd)) : JS_EXCEPTION; /* not retried: Linux has closed it even on EINTR */
}

/* ---- bpf, clocks, names, keys */

/* bpf(cmd, attr, pointers): the buffers must be as large as the kernel expects */
CALL(Bpf) {
  ARGUMENTS;
  int command = int_at(&a, 0);
  octets attr = octets_at(&a, 1);
  pointers_at(&a, 2, attr, sizeof(uint64_t));
  RETURN(syscall(SYS_bpf, command, attr.data, (unsigned)attr.length));
}

CALL(AdjTimex) {
  ARGUMENTS;
  struct timex t = {.modes = 0};
  int clock_state = adjtimex(&t);
  (void)a;
  if (clock_state < 0) return result(ctx, -1);
  JSValue v = JS_NewObject(ctx);
  JS_SetPropertyStr(ctx, v, "state", JS_NewInt32(ctx, clock_state));
  JS_SetPropertyStr(ctx, v, "status", JS_NewInt32(ctx, t.status));
  return v;
}

CALL(IfNameToIndex) {
  ARGUMENTS;
  const char *name = JS_ToCString(ctx, value_at(&a, 0));
  if (!name) return JS_EXCEPTION;
  unsigned index = if_nametoindex(name);
  JS_FreeCString(ctx, name);
  return result(ctx, index ? (long)index : -1);
}

CALL(ClockMonotonicMs) {
  ARGUMENTS;
  struct timespec t;
  (void)a;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return JS_NewFloat64(ctx, (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6);
}

CALL(SetNs) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  RETURN(setns(fd, CLONE_NEWNET));
}

CALL(RealTime) {
  ARGUMENTS;
  struct sched_param p = {.sched_priority = 1};
  RETURN(syscall(SYS_sched_setscheduler, 0, SCHED_RR | SCHED_RESET_ON_FORK, &p));
}

/* random(into): fills it from the system's generator */
CALL(Random) {
  ARGUMENTS;
  octets into = octets_at(&a, 0);
  if (a.ok && into.length > 256) into.length = 256; /* so many come without a pause and uninterrupted */
  RETURN(getrandom(into.data, into.length, 0));
}

CALL(HmacSha1) {
  ARGUMENTS;
  octets key = octets_at(&a, 0), data = octets_at(&a, 1), digest = octets_at(&a, 2);
  if (a.ok && (key.length > SHA1_BLOCK || digest.length != SHA1_DIGEST)) wrong(&a, "a key of at most 64 octets and room for 20 are needed");
  if (!a.ok) return JS_EXCEPTION;
  hmac_sha1(digest.data, key.data, key.length, data.data, data.length);
  return JS_NewInt32(ctx, 0);
}

static const JSCFunctionListEntry functions[] = {
  JS_CFUNC_DEF("socket", 3, Socket), JS_CFUNC_DEF("bind", 2, Bind), JS_CFUNC_DEF("connect", 2, Connect),
  JS_CFUNC_DEF("setsockopt", 5, SetSockOpt), JS_CFUNC_DEF("getsockopt", 4, GetSockOpt), JS_CFUNC_DEF("getsockname", 2, GetSockName),
  JS_CFUNC_DEF("ioctl", 4, Ioctl), JS_CFUNC_DEF("open", 2, Open), JS_CFUNC_DEF("read", 2, Read), JS_CFUNC_DEF("write", 2, Write),
  JS_CFUNC_DEF("close", 1, Close), JS_CFUNC_DEF("sendmsg", 5, SendMsg), JS_CFUNC_DEF("recvmsg", 6, RecvMsg),
  JS_CFUNC_DEF("recvmmsg", 5, RecvMMsg), JS_CFUNC_DEF("sendmmsg", 6, SendMMsg), JS_CFUNC_DEF("bpf", 3, Bpf),
  JS_CFUNC_DEF("adjtimex", 0, AdjTimex), JS_CFUNC_DEF("ifNameToIndex", 1, IfNameToIndex),
  JS_CFUNC_DEF("clockMonotonicMs", 0, ClockMonotonicMs), JS_CFUNC_DEF("setns", 1, SetNs), JS_CFUNC_DEF("realtime", 0, RealTime),
  JS_CFUNC_DEF("random", 1, Random), JS_CFUNC_DEF("hmacSha1", 3, HmacSha1),
  JS_PROP_INT32_DEF("wordOctets", sizeof(void *), 0),
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

static int fill(JSContext *ctx, JSModuleDef *m) { return JS_SetModuleExportList(ctx, m, functions, FUNCTIONS); }

/* What QuickJS looks for in a shared object. */
JSModuleDef *js_init_module(JSContext *ctx, const char *name) {
  JSModuleDef *m = JS_NewCModule(ctx, name, fill);
  if (m) JS_AddModuleExportList(ctx, m, functions, FUNCTIONS);
  return m;
}
