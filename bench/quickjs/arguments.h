/* Arguments of a call from JavaScript, checked: the first that is wrong leaves an exception, and `ok` is 0 from then on. */
#ifndef ROAMSTEAD_QUICKJS_ARGUMENTS_H
#define ROAMSTEAD_QUICKJS_ARGUMENTS_H

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "generic.h"
#include "quickjs.h"

typedef struct { uint8_t *data; size_t length; } octets;

typedef struct {
  JSContext *ctx;
  int count;
  JSValueConst *v;
  int ok;
} args;

static inline void wrong(args *a, const char *message) {
  if (a->ok) JS_ThrowTypeError(a->ctx, "%s", message);
  a->ok = 0;
}

static inline JSValueConst value_at(args *a, int i) { return i < a->count ? a->v[i] : JS_UNDEFINED; }
static inline int absent(args *a, int i) { return JS_IsUndefined(value_at(a, i)) || JS_IsNull(value_at(a, i)); }

static inline int64_t integer_of(args *a, JSValueConst v, int64_t low, int64_t high) {
  double number = 0;
  if (!a->ok) return 0;
  if (!JS_IsNumber(v) || JS_ToFloat64(a->ctx, &number, v)) return wrong(a, "an integer is needed"), 0;
  if (!(number >= (double)low && number <= (double)high) || number != (double)(int64_t)number) return wrong(a, "an integer in range is needed"), 0;
  return (int64_t)number;
}

static inline int int_at(args *a, int i) { return (int)integer_of(a, value_at(a, i), INT32_MIN, INT32_MAX); }
static inline int fd_at(args *a, int i) { return (int)integer_of(a, value_at(a, i), 0, INT32_MAX); }
static inline int flags_at(args *a, int i) { return absent(a, i) ? 0 : int_at(a, i); }

/* Octets of a typed array whose elements have `width` octets. The caller keeps the array alive: it is an argument. */
static inline octets typed(args *a, JSValueConst v, size_t width) {
  octets o = {NULL, 0};
  size_t offset = 0, length = 0, element = 0, whole = 0;
  if (!a->ok) return o;
  JSValue buffer = JS_GetTypedArrayBuffer(a->ctx, v, &offset, &length, &element);
  if (JS_IsException(buffer)) return a->ok = 0, o;
  uint8_t *data = JS_GetArrayBuffer(a->ctx, &whole, buffer);
  JS_FreeValue(a->ctx, buffer);
  if (element != width || (!data && length) || offset + length > whole) return wrong(a, "a typed array of another kind is needed"), o;
  return (octets){data + offset, length};
}

static inline octets octets_at(args *a, int i) { return typed(a, value_at(a, i), 1); }
static inline octets octets_or_none(args *a, int i) { return absent(a, i) ? (octets){NULL, 0} : octets_at(a, i); }
static inline octets words_at(args *a, int i) {
  octets o = typed(a, value_at(a, i), 4);
  return (octets){o.data, o.length / 4};
}

/*
 * [[offset, Uint8Array, inner?], ...]: the address of each buffer goes into `target` at its offset, `width` octets wide. `inner` is
 * such a list for the buffer itself, one level deep.
 */
static inline void pointers_in(args *a, JSValueConst list, octets target, size_t width, int deep) {
  JSValue length = JS_GetPropertyStr(a->ctx, list, "length");
  uint32_t count = (uint32_t)integer_of(a, length, 0, 4096);
  JS_FreeValue(a->ctx, length);
  for (uint32_t k = 0; a->ok && k < count; k++) {
    JSValue pair = JS_GetPropertyUint32(a->ctx, list, k), parts[3];
    for (uint32_t i = 0; i < 3; i++) parts[i] = JS_GetPropertyUint32(a->ctx, pair, i);
    int64_t offset = integer_of(a, parts[0], 0, (int64_t)target.length - (int64_t)width);
    octets buffer = typed(a, parts[1], 1);
    uint64_t wide = (uintptr_t)buffer.data;
    uintptr_t narrow = (uintptr_t)buffer.data;
    if (a->ok) memcpy(target.data + offset, width == sizeof wide ? (void *)&wide : (void *)&narrow, width);
    if (a->ok && deep && !JS_IsUndefined(parts[2])) pointers_in(a, parts[2], buffer, width, 0);
    for (uint32_t i = 0; i < 3; i++) JS_FreeValue(a->ctx, parts[i]);
    JS_FreeValue(a->ctx, pair);
  }
}

static inline void pointers_at(args *a, int i, octets target, size_t width) { pointers_in(a, value_at(a, i), target, width, 1); }

static inline JSValue result(JSContext *ctx, long n) { return JS_NewInt64(ctx, n < 0 ? -generic_errno(errno) : n); }

/* A signal is no answer. */
#define RETRY(call) ({ long r_; do r_ = (call); while (r_ < 0 && errno == EINTR); r_; })
#define CALL(name) static JSValue name(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
#define ARGUMENTS args a = {ctx, argc, argv, 1}; (void)self
#define RETURN(call) return a.ok ? result(ctx, RETRY(call)) : JS_EXCEPTION

#endif
