/* SHA-1 (FIPS 180-4) and HMAC (RFC 2104): a router without Node has no OpenSSL in the process. */
#ifndef ROAMSTEAD_QUICKJS_SHA1_H
#define ROAMSTEAD_QUICKJS_SHA1_H

#include <stdint.h>
#include <string.h>

enum { SHA1_BLOCK = 64, SHA1_DIGEST = 20 };

typedef struct { uint32_t h[5]; uint64_t length; uint8_t block[SHA1_BLOCK]; } sha1;

static inline uint32_t rotated(uint32_t x, int by) { return (x << by) | (x >> (32 - by)); }

static void sha1_compress(sha1 *s, const uint8_t *p) {
  uint32_t w[80], a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3], e = s->h[4];
  for (int t = 0; t < 16; t++) w[t] = (uint32_t)p[t * 4] << 24 | (uint32_t)p[t * 4 + 1] << 16 | (uint32_t)p[t * 4 + 2] << 8 | p[t * 4 + 3];
  for (int t = 16; t < 80; t++) w[t] = rotated(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
  for (int t = 0; t < 80; t++) {
    uint32_t f, k;
    if (t < 20) f = (b & c) | (~b & d), k = 0x5a827999;
    else if (t < 40) f = b ^ c ^ d, k = 0x6ed9eba1;
    else if (t < 60) f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
    else f = b ^ c ^ d, k = 0xca62c1d6;
    uint32_t next = rotated(a, 5) + f + e + k + w[t];
    e = d, d = c, c = rotated(b, 30), b = a, a = next;
  }
  s->h[0] += a, s->h[1] += b, s->h[2] += c, s->h[3] += d, s->h[4] += e;
}

static void sha1_init(sha1 *s) { *s = (sha1){.h = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}}; }

static void sha1_update(sha1 *s, const uint8_t *data, size_t size) {
  while (size) {
    size_t at = s->length % SHA1_BLOCK, part = SHA1_BLOCK - at < size ? SHA1_BLOCK - at : size;
    memcpy(s->block + at, data, part);
    s->length += part, data += part, size -= part;
    if (at + part == SHA1_BLOCK) sha1_compress(s, s->block);
  }
}

static void sha1_final(sha1 *s, uint8_t *digest) {
  uint64_t bits = s->length * 8;
  uint8_t pad[SHA1_BLOCK + 8] = {0x80};
  size_t zeros = (SHA1_BLOCK * 2 - 9 - s->length % SHA1_BLOCK) % SHA1_BLOCK;
  for (int i = 0; i < 8; i++) pad[1 + zeros + (size_t)i] = (uint8_t)(bits >> (56 - i * 8));
  sha1_update(s, pad, 1 + zeros + 8);
  for (int i = 0; i < SHA1_DIGEST; i++) digest[i] = (uint8_t)(s->h[i / 4] >> (24 - i % 4 * 8));
}

static void hmac_part(uint8_t *digest, const uint8_t *key, size_t length, uint8_t mask, const uint8_t *data, size_t size) {
  uint8_t pad[SHA1_BLOCK];
  sha1 s;
  for (size_t i = 0; i < SHA1_BLOCK; i++) pad[i] = (i < length ? key[i] : 0) ^ mask;
  sha1_init(&s);
  sha1_update(&s, pad, SHA1_BLOCK);
  sha1_update(&s, data, size);
  sha1_final(&s, digest);
}

/* A key of at most 64 octets. */
static void hmac_sha1(uint8_t *digest, const uint8_t *key, size_t length, const uint8_t *data, size_t size) {
  uint8_t inner[SHA1_DIGEST];
  hmac_part(inner, key, length, 0x36, data, size);
  hmac_part(digest, key, length, 0x5c, inner, sizeof inner);
}

#endif
