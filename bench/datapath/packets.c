/*
 * packets send ADDRESS PORT OCTETS SECONDS    as many UDP packets as one core can send; prints how many
 * packets receive PORT SECONDS                counts them; prints how many, and the seconds between the first and the last
 */
#define _GNU_SOURCE
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define LARGEST 2048

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int fail(const char *what) {
  perror(what);
  return 1;
}

static struct mmsghdr batch[BATCH];
static struct iovec parts[BATCH];
static char octets[BATCH][LARGEST];

static void prepare(size_t size) {
  for (int i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){octets[i], size};
    batch[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  }
}

static int send_all(const char *address, const char *port, size_t size, double seconds) {
  struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *to;
  if (size > LARGEST || getaddrinfo(address, port, &hints, &to)) return fail("packets: bad address or size");
  int fd = socket(to->ai_family, SOCK_DGRAM, 0);
  if (fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen)) return fail("packets: connect");
  prepare(size);
  unsigned long sent = 0;
  for (double end = now() + seconds; now() < end;) {
    int n = sendmmsg(fd, batch, BATCH, 0);
    if (n > 0) sent += (unsigned long)n;
  }
  printf("%lu\n", sent);
  return 0;
}

static int receive_all(const char *port, double seconds) {
  int both = 0, room = 8 << 20, fd = socket(AF_INET6, SOCK_DGRAM, 0);
  struct sockaddr_in6 here = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)atoi(port))};
  struct timeval wait = {.tv_usec = 100000};
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof both);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  if (fd < 0 || bind(fd, (void *)&here, sizeof here)) return fail("packets: bind");
  prepare(LARGEST);
  unsigned long received = 0;
  double first = 0, last = 0;
  for (double end = now() + seconds; now() < end;) {
    int n = recvmmsg(fd, batch, BATCH, MSG_WAITFORONE, NULL);
    if (n <= 0) continue;
    last = now();
    if (!first) first = last;
    received += (unsigned long)n;
  }
  printf("%lu %.6f\n", received, last - first);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 6 && !strcmp(argv[1], "send")) return send_all(argv[2], argv[3], (size_t)atol(argv[4]), atof(argv[5]));
  if (argc == 4 && !strcmp(argv[1], "receive")) return receive_all(argv[2], atof(argv[3]));
  fprintf(stderr, "usage: packets send ADDRESS PORT OCTETS SECONDS | packets receive PORT SECONDS\n");
  return 2;
}
