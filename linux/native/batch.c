/* See batch.h. */
#define _GNU_SOURCE
#include "batch.h"

#include "arguments.h"

#include <dlfcn.h>
#include <sys/socket.h>

enum { MOST = 64, FIELDS = 3 };

/* A batch: slots of equal size in `data`, `names` and `control`, and what of each is used in three words of `lengths`. */
typedef struct { octets data, names, control, lengths; size_t slots; } batch;

static batch batch_at(args *a, int first) {
  batch b = {.data = octets_at(a, first), .names = octets_at(a, first + 1), .control = octets_at(a, first + 2)};
  b.lengths = typed(a, a->v[first + 3], napi_uint32_array, "a Uint32Array is needed");
  b.slots = b.lengths.length / FIELDS;
  if (a->ok && (b.slots == 0 || b.slots > MOST)) wrong(a, "lengths of 1 to 64 datagrams are needed");
  return b;
}

static void lay_out(batch *b, struct mmsghdr *all, struct iovec *parts, size_t count) {
  size_t data = b->data.length / b->slots, name = b->names.length / b->slots, control = b->control.length / b->slots;
  memset(all, 0, count * sizeof *all);
  for (size_t i = 0; i < count; i++) {
    parts[i] = (struct iovec){(char *)b->data.data + i * data, data};
    all[i].msg_hdr = (struct msghdr){.msg_name = (char *)b->names.data + i * name, .msg_namelen = (socklen_t)name, .msg_iov = &parts[i], .msg_iovlen = 1,
                                     .msg_control = control ? (char *)b->control.data + i * control : NULL, .msg_controllen = control};
  }
}

/* recvmmsg(fd, data, names, control, lengths) -> how many; lengths of each: data, name, control */
napi_value RecvMMsg(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  batch b = batch_at(&a, 1);
  struct mmsghdr all[MOST];
  struct iovec parts[MOST];
  if (!a.ok) return NULL;
  lay_out(&b, all, parts, b.slots);
  long n = RETRY(recvmmsg(fd, all, (unsigned)b.slots, MSG_DONTWAIT, NULL));
  uint32_t *out = b.lengths.data;
  for (long i = 0; i < n; i++) {
    out[i * FIELDS] = all[i].msg_len;
    out[i * FIELDS + 1] = all[i].msg_hdr.msg_namelen;
    out[i * FIELDS + 2] = (uint32_t)all[i].msg_hdr.msg_controllen;
  }
  return result(env, n);
}

/* sendmmsg(fd, data, names, control, lengths, count) -> how many were sent */
napi_value SendMMsg(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  int fd = fd_at(&a, 0);
  batch b = batch_at(&a, 1);
  size_t count = (size_t)integer(&a, 5, 1, a.ok ? (int64_t)b.slots : 1);
  struct mmsghdr all[MOST];
  struct iovec parts[MOST];
  if (!a.ok) return NULL;
  lay_out(&b, all, parts, count);
  const uint32_t *in = b.lengths.data;
  for (size_t i = 0; a.ok && i < count; i++) {
    struct msghdr *m = &all[i].msg_hdr;
    if (in[i * FIELDS] > parts[i].iov_len || in[i * FIELDS + 1] > m->msg_namelen || in[i * FIELDS + 2] > m->msg_controllen) wrong(&a, "a length is larger than its slot");
    parts[i].iov_len = in[i * FIELDS];
    m->msg_namelen = in[i * FIELDS + 1];
    m->msg_controllen = in[i * FIELDS + 2];
    if (m->msg_controllen == 0) m->msg_control = NULL;
  }
  RETURN(sendmmsg(fd, all, (unsigned)count, MSG_NOSIGNAL | MSG_DONTWAIT));
}

/*
 * SHA-1 of the OpenSSL that is in the process anyway: its EVP interface, Node's own, costs many times the hash of a message. Its
 * context has 96 octets; there is room for more.
 */
enum { CONTEXT = 256, DIGEST = 20, BLOCK = 64 };
static int (*sha1_init)(void *), (*sha1_update)(void *, const void *, size_t), (*sha1_final)(unsigned char *, void *);

static int find_sha1(void) {
  if (!sha1_final) {
    sha1_init = (int (*)(void *))dlsym(RTLD_DEFAULT, "SHA1_Init");
    sha1_update = (int (*)(void *, const void *, size_t))dlsym(RTLD_DEFAULT, "SHA1_Update");
    sha1_final = (int (*)(unsigned char *, void *))dlsym(RTLD_DEFAULT, "SHA1_Final");
  }
  return sha1_init && sha1_update && sha1_final;
}

static void sha1_part(unsigned char *digest, const unsigned char *key, size_t length, unsigned char mask, const void *data, size_t size) {
  _Alignas(16) unsigned char context[CONTEXT];
  unsigned char pad[BLOCK];
  for (size_t i = 0; i < BLOCK; i++) pad[i] = (i < length ? key[i] : 0) ^ mask;
  sha1_init(context);
  sha1_update(context, pad, BLOCK);
  sha1_update(context, data, size);
  sha1_final(digest, context);
}

/* hmacSha1(key of at most 64 octets, data, digest of 20) -> 0, or -ENOSYS where this Node has no such function (RFC 2104) */
napi_value HmacSha1(napi_env env, napi_callback_info info) {
  ARGUMENTS;
  octets key = octets_at(&a, 0), data = octets_at(&a, 1), digest = octets_at(&a, 2);
  if (a.ok && (key.length > BLOCK || digest.length != DIGEST)) wrong(&a, "a key of at most 64 octets and room for 20 are needed");
  if (!a.ok) return NULL;
  if (!find_sha1()) return number(env, -ENOSYS);
  unsigned char inner[DIGEST];
  sha1_part(inner, key.data, key.length, 0x36, data.data, data.length);
  sha1_part(digest.data, key.data, key.length, 0x5c, inner, sizeof inner);
  return number(env, 0);
}
