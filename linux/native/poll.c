/* See poll.h. One uv_poll_t for each fd; JavaScript holds a number and never a pointer. */
#include "poll.h"

#include "arguments.h"

#include <stdlib.h>

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
  /* libuv stops polling when an error is pending on the socket; whoever reads the socket clears that error. */
  if (status < 0) uv_poll_start(handle, UV_READABLE, ready);
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
napi_value PollStart(napi_env env, napi_callback_info info) {
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

napi_value PollStop(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  poller **at = find(env, &a);
  if (!a.ok) return NULL;
  if (!*at) return number(env, -ENOENT);
  stop(at);
  return number(env, 0);
}

/* pollRef(id, on): whether this poller keeps the process alive */
napi_value PollRef(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  bool on = true;
  poller **at = find(env, &a);
  if (napi_get_value_bool(env, a.v[1], &on) != napi_ok) wrong(&a, "a boolean is needed");
  if (!a.ok) return NULL;
  if (!*at) return number(env, -ENOENT);
  (on ? uv_ref : uv_unref)(&(*at)->handle);
  return number(env, 0);
}

void poll_forget(napi_env env, int fd) {
  state *s;
  napi_get_instance_data(env, (void **)&s);
  for (poller **at = &s->pollers; *at;) {
    if ((*at)->fd == fd) stop(at);
    else at = &(*at)->next;
  }
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

int poll_setup(napi_env env) {
  state *s = calloc(1, sizeof *s);
  if (!s) return 0;
  s->env = env;
  napi_set_instance_data(env, s, NULL, NULL);
  napi_add_async_cleanup_hook(env, environment_ends, s, &s->hook);
  return 1;
}
