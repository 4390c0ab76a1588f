/*
 * packets send ADDRESS PORT OCTETS SECONDS    as many UDP packets as one core can send; prints how many
 * packets receive PORT SECONDS                counts them; prints how many, and the seconds between the first and the last
 * packets spread DEVICE MAC SOURCE FIRST COUNT SECONDS
 *     UDP packets of 64 octets, each to any of COUNT addresses from FIRST on, as frames to MAC; the receiver handles each before the next
 *     is sent, so what one core sends is what it forwards. Prints how many, and the seconds of processor time that all of it took.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
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

static double processor(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
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

static unsigned int any(void) {
  static unsigned long long state = 88172645463325252ULL; /* xorshift */
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned int)(state >> 32);
}

static unsigned short checksum(const void *octets) {
  const unsigned short *words = octets;
  unsigned int sum = 0;
  for (int i = 0; i < 10; i++) sum += words[i];
  sum = (sum & 0xffff) + (sum >> 16);
  return (unsigned short)~((sum & 0xffff) + (sum >> 16));
}

static int spread(char **argv) {
  struct { struct ether_header link; struct iphdr ip; struct udphdr udp; char rest[36]; } __attribute__((packed)) frame = {0};
  unsigned char *mac = frame.link.ether_dhost;
  unsigned int first = ntohl(inet_addr(argv[3])), count = (unsigned int)atol(argv[4]);
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[0]), .sll_protocol = htons(ETHERTYPE_IP)};
  if (sscanf(argv[1], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) != 6 || !to.sll_ifindex || !count) return fail("packets: bad device, MAC or count");
  frame.link.ether_type = htons(ETHERTYPE_IP);
  frame.ip = (struct iphdr){.version = 4, .ihl = 5, .tot_len = htons(64), .ttl = 64, .protocol = IPPROTO_UDP, .saddr = inet_addr(argv[2])};
  frame.udp = (struct udphdr){.source = htons(4000), .dest = htons(5000), .len = htons(44)};
  int fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0 || bind(fd, (void *)&to, sizeof to)) return fail("packets: packet socket");
  for (int i = 0; i < BATCH; i++) memcpy(octets[i], &frame, sizeof frame);
  prepare(sizeof frame);
  unsigned long sent = 0;
  double begin = processor();
  for (double end = now() + atof(argv[5]); now() < end;) {
    for (int i = 0; i < BATCH; i++) {
      struct iphdr *ip = (void *)(octets[i] + sizeof frame.link);
      ip->daddr = htonl(first + any() % count);
      ip->check = 0;
      ip->check = checksum(ip);
    }
    int n = sendmmsg(fd, batch, BATCH, 0);
    if (n > 0) sent += (unsigned long)n;
  }
  printf("%lu %.6f\n", sent, processor() - begin);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 6 && !strcmp(argv[1], "send")) return send_all(argv[2], argv[3], (size_t)atol(argv[4]), atof(argv[5]));
  if (argc == 4 && !strcmp(argv[1], "receive")) return receive_all(argv[2], atof(argv[3]));
  if (argc == 8 && !strcmp(argv[1], "spread")) return spread(argv + 2);
  fprintf(stderr, "usage: packets send ADDRESS PORT OCTETS SECONDS | packets receive PORT SECONDS | packets spread DEVICE MAC SOURCE FIRST COUNT SECONDS\n");
  return 2;
}
