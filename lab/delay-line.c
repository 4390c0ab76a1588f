/*
 * delay-line US A B: two TAP devices joined by a wire that holds every frame for US microseconds.
 * Prints "ready" when both exist; the lab then moves them into their namespaces and the wire keeps working, because it
 * holds their file descriptors. Frames leave in the order they came. Ends with its standard input.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define FRAME 2048
#define SLOTS 16384 /* per direction: 10 ms at 1.6 million frames/s */

struct line {
  int from, to;
  uint64_t head, tail; /* frames put in, frames taken out */
  uint64_t full;
  struct { uint64_t due; uint32_t length; uint8_t octets[FRAME]; } *slot;
};

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int tap(const char *name) {
  struct ifreq r;
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  memset(&r, 0, sizeof r);
  r.ifr_flags = IFF_TAP | IFF_NO_PI;
  strncpy(r.ifr_name, name, IFNAMSIZ - 1);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0) {
    fprintf(stderr, "delay-line: cannot make the TAP device %s: %s\n", name, strerror(errno));
    exit(1);
  }
  return fd;
}

/* A bounded burst, so that the other direction and frames that are due get their turn. */
static void take_in(struct line *l, uint64_t delay) {
  for (int i = 0; i < 64; i++) {
    uint8_t spare[FRAME];
    int full = l->head - l->tail == SLOTS;
    ssize_t n = read(l->from, full ? spare : l->slot[l->head % SLOTS].octets, FRAME);
    if (n <= 0) return;
    if (full) { l->full++; continue; }
    l->slot[l->head % SLOTS].length = (uint32_t)n;
    l->slot[l->head % SLOTS].due = now_ns() + delay;
    l->head++;
  }
}

static void give_out(struct line *l, uint64_t now) {
  for (; l->tail != l->head && l->slot[l->tail % SLOTS].due <= now; l->tail++)
    if (write(l->to, l->slot[l->tail % SLOTS].octets, l->slot[l->tail % SLOTS].length) < 0 && errno == EAGAIN) return;
}

int main(int argc, char **argv) {
  if (argc != 4) { fprintf(stderr, "usage: delay-line MICROSECONDS TAP TAP\n"); return 2; }
  uint64_t delay = strtoull(argv[1], NULL, 10) * 1000;
  int a = tap(argv[2]), b = tap(argv[3]);
  struct line lines[2] = { { .from = a, .to = b }, { .from = b, .to = a } };
  for (int i = 0; i < 2; i++)
    if (!(lines[i].slot = calloc(SLOTS, sizeof *lines[i].slot))) { fprintf(stderr, "delay-line: out of memory\n"); return 1; }
  puts("ready");
  fflush(stdout);
  for (;;) {
    uint64_t now = now_ns(), next = UINT64_MAX;
    for (int i = 0; i < 2; i++) {
      give_out(&lines[i], now);
      if (lines[i].tail != lines[i].head && lines[i].slot[lines[i].tail % SLOTS].due < next) next = lines[i].slot[lines[i].tail % SLOTS].due;
    }
    uint64_t wait = next == UINT64_MAX ? 1000000000u : next > now ? next - now : 0;
    struct timespec t = { .tv_sec = (time_t)(wait / 1000000000u), .tv_nsec = (long)(wait % 1000000000u) };
    struct pollfd p[3] = { { a, POLLIN, 0 }, { b, POLLIN, 0 }, { 0, POLLIN, 0 } };
    ppoll(p, 3, &t, NULL);
    if (p[2].revents) {
      char end[16];
      if (read(0, end, sizeof end) <= 0) break;
    }
    for (int i = 0; i < 2; i++) take_in(&lines[i], delay);
  }
  fprintf(stderr, "delay-line: %llu frames dropped because the line was full\n", (unsigned long long)(lines[0].full + lines[1].full));
  return 0;
}
