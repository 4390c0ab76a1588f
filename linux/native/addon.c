/*
 * The system calls that Node does not offer: sockets of any family, poll, ioctl, bpf(2), adjtimex(2), setns(2).
 *
 * Node-API version 8, so one file serves every Node from 20 on. No Node headers: the Node-API headers come from the
 * node-api-headers package, and the few libuv functions are declared below. Every call returns >= 0 or -errno; an
 * argument of the wrong type throws a TypeError; nothing here blocks, and nothing trusts a length from JavaScript.
 */
#define _GNU_SOURCE
#include <node_api.h>

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/* libuv's stable ABI. uv_poll_t takes 160 octets on 64-bit Linux; the rest is reserve. `data` is its first member. */
typedef union { void *data; uint64_t reserve[64]; } uv_poll_t;
typedef void (*uv_poll_cb)(uv_poll_t *, int status, int events);
typedef void (*uv_close_cb)(uv_poll_t *);
enum { UV_READABLE = 1 };
int uv_poll_init(struct uv_loop_s *, uv_poll_t *, int fd);
int uv_poll_start(uv_poll_t *, int events, uv_poll_cb);
int uv_poll_stop(uv_poll_t *);
void uv_close(uv_poll_t *, uv_close_cb);
void uv_ref(uv_poll_t *);
void uv_unref(uv_poll_t *);

typedef struct poller {
  uv_poll_t handle;
  struct poller *next;
  struct state *state;
  napi_ref callback;
  napi_async_context context;
  int id, fd;
} poller;

/* One per environment: the main thread's, and one for each worker that loads the addon. */
typedef struct state {
  napi_env env;
  poller *pollers; /* running */
  int closing;     /* stopped, not yet released by libuv */
  int last_id;
  napi_async_cleanup_hook_handle hook;
  int ending;
} state;

/* ---- arguments: each getter throws once and leaves `ok` false, after which the call does nothing */

typedef struct { napi_env env; napi_value v[6]; int ok; } args;
typedef struct { void *data; size_t length; } octets;

static args arguments(napi_env env, napi_callback_info info) {
  args a = {.env = env, .ok = 1};
  size_t count = 6; /* missing ones are filled with undefined */
  napi_get_cb_info(env, info, &count, a.v, NULL, NULL);
  return a;
}

static void wrong(args *a, const char *message) {
  if (a->ok) napi_throw_type_error(a->env, "ERR_INVALID_ARG_TYPE", message);
  a->ok = 0;
}

static int64_t integer(args *a, int i, int64_t low, int64_t high) {
  napi_valuetype type;
  double number = 0;
  napi_typeof(a->env, a->v[i], &type);
  if (type != napi_number) return wrong(a, "an integer is needed"), 0;
  napi_get_value_double(a->env, a->v[i], &number);
  if (!(number >= (double)low && number <= (double)high) || number != (double)(int64_t)number) return wrong(a, "an integer in range is needed"), 0;
  return (int64_t)number;
}

static int int_at(args *a, int i) { return (int)integer(a, i, INT32_MIN, INT32_MAX); }
static int fd_at(args *a, int i) { return (int)integer(a, i, 0, INT32_MAX); }

static int absent(args *a, int i) {
  napi_valuetype type;
  napi_typeof(a->env, a->v[i], &type);
  return type == napi_undefined || type == napi_null;
}

static int flags_at(args *a, int i) { return absent(a, i) ? 0 : int_at(a, i); }

/* The pointer holds for the duration of the call only: napi_get_typedarray_info moves small arrays off V8's heap. */
static octets typed(args *a, napi_value v, napi_typedarray_type wanted, const char *message) {
  octets o = {NULL, 0};
  bool is = false;
  napi_typedarray_type type;
  if (!a->ok) return o;
  if (napi_is_typedarray(a->env, v, &is) != napi_ok || !is ||
      napi_get_typedarray_info(a->env, v, &type, &o.length, &o.data, NULL, NULL) != napi_ok || type != wanted) {
    wrong(a, message);
    return (octets){NULL, 0};
  }
  return o;
}

static octets octets_at(args *a, int i) { return typed(a, a->v[i], napi_uint8_array, "a Uint8Array is needed"); }
static octets octets_or_none(args *a, int i) { return absent(a, i) ? (octets){NULL, 0} : octets_at(a, i); }

static void text_at(args *a, int i, char *out, size_t size) {
  size_t length = 0;
  if (napi_get_value_string_utf8(a->env, a->v[i], NULL, 0, &length) != napi_ok) wrong(a, "a string is needed");
  else if (length >= size) wrong(a, "the string is too long");
  else napi_get_value_string_utf8(a->env, a->v[i], out, size, &length);
}

static napi_value number(napi_env env, double n) {
  napi_value v;
  napi_create_double(env, n, &v);
  return v;
}

static napi_value result(napi_env env, long n) { return number(env, n < 0 ? -errno : n); }

/* A signal is no answer. */
#define RETRY(call) ({ long r_; do r_ = (call); while (r_ < 0 && errno == EINTR); r_; })
#define ARGUMENTS args a = arguments(env, info)
#define RETURN(call) return a.ok ? result(env, RETRY(call)) : NULL

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

static napi_value SetSockOpt(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0), level = int_at(&a, 1), name = int_at(&a, 2);
  octets value = octets_at(&a, 3);
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

/* ---- poll */

static void released(uv_poll_t *handle) {
  poller *p = handle->data;
  state *s = p->state;
  free(p);
  if (--s->closing == 0 && s->ending) {
    napi_remove_async_cleanup_hook(s->hook);
    free(s);
  }
}

/* `at` points to the link that leads to the poller. */
static void stop(poller **at) {
  poller *p = *at;
  *at = p->next;
  p->state->closing++;
  uv_poll_stop(&p->handle);
  napi_delete_reference(p->state->env, p->callback);
  napi_async_destroy(p->state->env, p->context);
  uv_close(&p->handle, released);
}

static void ready(uv_poll_t *handle, int status, int events) {
  (void)events;
  poller *p = handle->data;
  napi_env env = p->state->env;
  napi_handle_scope scope;
  napi_value callback, global, argument, ignored, thrown;
  napi_open_handle_scope(env, &scope);
  napi_get_reference_value(env, p->callback, &callback);
  napi_get_global(env, &global);
  argument = number(env, status);
  /* The callback may stop this very poller: nothing of it is used after the call. */
  if (napi_make_callback(env, p->context, global, callback, 1, &argument, &ignored) == napi_pending_exception) {
    napi_get_and_clear_last_exception(env, &thrown);
    napi_fatal_exception(env, thrown);
  }
  napi_close_handle_scope(env, scope);
}

/* pollStart(fd, callback(status)) -> id > 0: calls back while fd is readable */
static napi_value PollStart(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  state *s;
  struct uv_loop_s *loop;
  napi_valuetype type;
  napi_value name;
  int fd = fd_at(&a, 0);
  napi_typeof(env, a.v[1], &type);
  if (type != napi_function) wrong(&a, "a function is needed");
  if (!a.ok) return NULL;
  napi_get_instance_data(env, (void **)&s);
  napi_get_uv_event_loop(env, &loop);
  poller *p = calloc(1, sizeof *p);
  if (!p) return number(env, -ENOMEM);
  int rc = uv_poll_init(loop, &p->handle, fd);
  if (rc) {
    free(p);
    return number(env, rc);
  }
  p->handle.data = p;
  p->state = s;
  p->fd = fd;
  p->id = ++s->last_id;
  napi_create_string_utf8(env, "roamstead", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, NULL, name, &p->context);
  napi_create_reference(env, a.v[1], 1, &p->callback);
  p->next = s->pollers;
  s->pollers = p;
  uv_poll_start(&p->handle, UV_READABLE, ready);
  return number(env, p->id);
}

static poller **find(napi_env env, args *a) {
  static poller *none;
  state *s;
  int id = int_at(a, 0);
  napi_get_instance_data(env, (void **)&s);
  if (!a->ok) return &none;
  poller **at = &s->pollers;
  while (*at && (*at)->id != id) at = &(*at)->next;
  return at;
}

static napi_value PollStop(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  poller **at = find(env, &a);
  if (!a.ok) return NULL;
  if (!*at) return number(env, -ENOENT);
  stop(at);
  return number(env, 0);
}

/* pollRef(id, on): whether this poller keeps the process alive */
static napi_value PollRef(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  bool on = true;
  poller **at = find(env, &a);
  if (napi_get_value_bool(env, a.v[1], &on) != napi_ok) wrong(&a, "a boolean is needed");
  if (!a.ok) return NULL;
  if (!*at) return number(env, -ENOENT);
  (on ? uv_ref : uv_unref)(&(*at)->handle);
  return number(env, 0);
}

/* Also stops the fd's poller: libuv aborts the process when it meets a closed fd. */
static napi_value Close(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  state *s;
  int fd = fd_at(&a, 0);
  if (!a.ok) return NULL;
  napi_get_instance_data(env, (void **)&s);
  for (poller **at = &s->pollers; *at;) {
    if ((*at)->fd == fd) stop(at);
    else at = &(*at)->next;
  }
  return result(env, close(fd)); /* not retried: Linux has closed it even on EINTR */
}

static void environment_ends(napi_async_cleanup_hook_handle hook, void *data) {
  state *s = data;
  s->hook = hook;
  s->ending = 1;
  while (s->pollers) stop(&s->pollers);
  if (s->closing) return;
  napi_remove_async_cleanup_hook(hook);
  free(s);
}

/* ---- bpf, clocks, names, namespaces */

/*
 * bpf(cmd, attr, [[offset, Uint8Array], ...]): writes the address of each buffer as 64 bits into attr at its offset, then
 * calls bpf(2). The buffers must be as large as the kernel expects (key and value size of the map, log size, ...).
 */
static napi_value Bpf(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int command = int_at(&a, 0);
  octets attr = octets_at(&a, 1);
  uint32_t count = 0;
  bool is = false;
  napi_is_array(env, a.v[2], &is);
  if (!is) wrong(&a, "an array of [offset, Uint8Array] is needed");
  else napi_get_array_length(env, a.v[2], &count);
  for (uint32_t i = 0; a.ok && i < count; i++) {
    args pair = {.env = env, .ok = 1};
    napi_value element;
    napi_get_element(env, a.v[2], i, &element);
    napi_is_array(env, element, &is);
    if (!is) return wrong(&a, "an array of [offset, Uint8Array] is needed"), NULL;
    napi_get_element(env, element, 0, &pair.v[0]);
    napi_get_element(env, element, 1, &pair.v[1]);
    int64_t offset = integer(&pair, 0, 0, (int64_t)attr.length - 8);
    octets buffer = octets_at(&pair, 1);
    if (!pair.ok) return NULL;
    uint64_t address = (uintptr_t)buffer.data;
    memcpy((char *)attr.data + offset, &address, sizeof address);
  }
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
      {"setns", SetNs},
  };
  state *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->env = env;
  napi_set_instance_data(env, s, NULL, NULL);
  napi_add_async_cleanup_hook(env, environment_ends, s, &s->hook);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    napi_value f;
    napi_create_function(env, calls[i].name, NAPI_AUTO_LENGTH, calls[i].call, NULL, &f);
    napi_set_named_property(env, exports, calls[i].name, f);
  }
  return exports;
}
