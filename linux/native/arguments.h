/* Arguments from JavaScript: each getter throws once and leaves `ok` false, after which the call does nothing. */
#ifndef ROAMSTEAD_ARGUMENTS_H
#define ROAMSTEAD_ARGUMENTS_H

#include <errno.h>
#include <node_api.h>
#include <stdint.h>
#include <string.h>

typedef struct { napi_env env; napi_value v[6]; int ok; } args;
typedef struct { void *data; size_t length; } octets;

static inline args arguments(napi_env env, napi_callback_info info) {
  args a = {.env = env, .ok = 1};
  size_t count = 6; /* missing ones are filled with undefined */
  napi_get_cb_info(env, info, &count, a.v, NULL, NULL);
  return a;
}

static inline void wrong(args *a, const char *message) {
  if (a->ok) napi_throw_type_error(a->env, "ERR_INVALID_ARG_TYPE", message);
  a->ok = 0;
}

static inline int64_t integer(args *a, int i, int64_t low, int64_t high) {
  napi_valuetype type;
  double number = 0;
  napi_typeof(a->env, a->v[i], &type);
  if (type != napi_number) return wrong(a, "an integer is needed"), 0;
  napi_get_value_double(a->env, a->v[i], &number);
  if (!(number >= (double)low && number <= (double)high) || number != (double)(int64_t)number) return wrong(a, "an integer in range is needed"), 0;
  return (int64_t)number;
}

static inline int int_at(args *a, int i) { return (int)integer(a, i, INT32_MIN, INT32_MAX); }
static inline int fd_at(args *a, int i) { return (int)integer(a, i, 0, INT32_MAX); }

static inline int absent(args *a, int i) {
  napi_valuetype type;
  napi_typeof(a->env, a->v[i], &type);
  return type == napi_undefined || type == napi_null;
}

static inline int flags_at(args *a, int i) { return absent(a, i) ? 0 : int_at(a, i); }

/* The pointer holds for the duration of the call only: napi_get_typedarray_info moves small arrays off V8's heap. */
static inline octets typed(args *a, napi_value v, napi_typedarray_type wanted, const char *message) {
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

static inline octets octets_at(args *a, int i) { return typed(a, a->v[i], napi_uint8_array, "a Uint8Array is needed"); }
static inline octets octets_or_none(args *a, int i) { return absent(a, i) ? (octets){NULL, 0} : octets_at(a, i); }

/*
 * [[offset, Uint8Array, inner?], ...]: the address of each buffer goes into `target` at its offset, `width` octets wide. `inner` is
 * such a list for the buffer itself, one level deep.
 */
static inline void pointers_in(args *a, napi_value list, octets target, size_t width, int deep) {
  uint32_t count = 0;
  bool is = false;
  napi_is_array(a->env, list, &is);
  if (!is) return wrong(a, "an array of [offset, Uint8Array] is needed");
  napi_get_array_length(a->env, list, &count);
  for (uint32_t k = 0; a->ok && k < count; k++) {
    args pair = {.env = a->env, .ok = 1};
    napi_value element;
    napi_get_element(a->env, list, k, &element);
    napi_is_array(a->env, element, &is);
    if (!is) return wrong(a, "an array of [offset, Uint8Array] is needed");
    napi_get_element(a->env, element, 0, &pair.v[0]);
    napi_get_element(a->env, element, 1, &pair.v[1]);
    napi_get_element(a->env, element, 2, &pair.v[2]);
    int64_t offset = integer(&pair, 0, 0, (int64_t)target.length - (int64_t)width);
    octets buffer = octets_at(&pair, 1);
    a->ok = pair.ok;
    if (!a->ok) return;
    uint64_t wide = (uintptr_t)buffer.data;
    uintptr_t narrow = (uintptr_t)buffer.data;
    memcpy((char *)target.data + offset, width == sizeof wide ? (void *)&wide : (void *)&narrow, width);
    if (deep && !absent(&pair, 2)) pointers_in(a, pair.v[2], buffer, width, 0);
  }
}

static inline void pointers_at(args *a, int i, octets target, size_t width) { pointers_in(a, a->v[i], target, width, 1); }

static inline void text_at(args *a, int i, char *out, size_t size) {
  size_t length = 0;
  if (napi_get_value_string_utf8(a->env, a->v[i], NULL, 0, &length) != napi_ok) wrong(a, "a string is needed");
  else if (length >= size) wrong(a, "the string is too long");
  else napi_get_value_string_utf8(a->env, a->v[i], out, size, &length);
}

static inline napi_value number(napi_env env, double n) {
  napi_value v;
  napi_create_double(env, n, &v);
  return v;
}

static inline napi_value result(napi_env env, long n) { return number(env, n < 0 ? -errno : n); }

/* A signal is no answer. */
#define RETRY(call) ({ long r_; do r_ = (call); while (r_ < 0 && errno == EINTR); r_; })
#define ARGUMENTS args a = arguments(env, info)
#define RETURN(call) return a.ok ? result(env, RETRY(call)) : NULL

#endif
