/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* What guests may say to their gateway: ARP, DHCP, neighbour discovery, and DNS where it is offered; each in nobody's name but their own. */
#pragma once
#include "maps.h"

#define DHCP_SERVER 67
#define DHCPV6_SERVER 547
#define DNS 53
#define ND_HOPS 255
#define ND_OPTIONS 4 /* read of one message; clients send one or two */

struct guest { __u32 ifindex; __u16 space; __u8 mac[6]; };

/* A packet that no router forwards, or that is for the gateway. */
struct onlink {
	__u32 at, end; /* behind the IP header; where the IPv6 packet ends */
	__u8 six, next, hops, plain, many;
};

struct arp { __be16 hardware, protocol; __u8 hardware_length, protocol_length; __be16 operation; __u8 mac[6], address[4]; } __attribute__((packed));

static __always_inline int is_link_local(const __u8 *address)
{
	return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

static __always_inline int is_loopback(const struct gateway_key *to)
{
	const __u32 *a = (const void *)to->address;
	return to->family == 2 ? to->address[0] == 127 : !(a[0] | a[1] | a[2]) && a[3] == bpf_htonl(1);
}

static __always_inline int same_mac(const __u8 *x, const __u8 *y)
{
	__u16 a[3], b[3];
	__builtin_memcpy(a, x, 6);
	__builtin_memcpy(b, y, 6);
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

static __always_inline int is_at(const struct send *s, const struct guest *guest)
{
	return s->place == guest->ifindex && same_mac(s->mac, guest->mac);
}

/* No station has it: many, or every gateway (RFC 6543). */
static __always_inline int is_foreign(const __u8 *mac)
{
	const __u8 gateway[6] = MAG_MAC;
	return mac[0] & 1 || same_mac(mac, gateway);
}

static __always_inline int is_gateways(const struct guest *guest, __u32 family, const __u8 *address)
{
	struct gateway_key key = { .ifindex = guest->ifindex, .family = family };
	__builtin_memcpy(key.address, address, family == 2 ? 4 : 16);
	return bpf_map_lookup_elem(&gateways, &key) != NULL;
}

/* An address that this station may not claim: the gateway's, or of a subscriber who is elsewhere. Nobody's may be its own of a moment ago. */
static __always_inline int is_anothers(const struct guest *guest, __u32 family, const __u8 *address)
{
	if (is_gateways(guest, family, address))
		return 1;
	struct address_key key = { .space = guest->space, .family = family == 2 ? 4 : 6 };
	__builtin_memcpy(key.address, address, family == 2 ? 4 : 8);
	const struct send *s = bpf_map_lookup_elem(&sends, &key);
	return s && !is_at(s, guest);
}

static __always_inline int admit_arp(struct __sk_buff *skb, const struct guest *guest)
{
	struct arp arp;
	if (bpf_skb_load_bytes(skb, ETH_HLEN, &arp, sizeof arp) || arp.hardware != bpf_htons(1) || arp.protocol != bpf_htons(ETH_P_IP) || arp.hardware_length != 6 || arp.protocol_length != 4)
		return drop(DROP_MALFORMED);
	if (is_foreign(guest->mac) || !same_mac(arp.mac, guest->mac))
		return drop(DROP_STATION_SPOOF);
	return is_anothers(guest, 2, arp.address) ? drop(DROP_STATION_SPOOF) : PASS;
}

/* The link-layer addresses of a neighbour discovery message are its sender's (RFC 4861 §4.6.1). */
static __always_inline int admit_options(struct __sk_buff *skb, const struct guest *guest, __u32 at, __u32 end)
{
#pragma unroll
	for (int i = 0; i < ND_OPTIONS; i++) {
		__u8 o[8];
		if (at + sizeof o > end)
			return PASS;
		if (bpf_skb_load_bytes(skb, at, o, sizeof o) || !o[1])
			return drop(DROP_MALFORMED);
		if ((o[0] == 1 || o[0] == 2) && !same_mac(o + 2, guest->mac))
			return drop(DROP_STATION_SPOOF);
		at += o[1] * 8;
	}
	return at < end ? drop(DROP_HIDDEN) : PASS;
}

/* The agent has heard it and answers; only the kernel, which would remember who sent it, does not get to know. */
static __always_inline int solicited_too_often(void)
{
	__u32 slot = SOLICITATIONS;
	struct limit *l = bpf_map_lookup_elem(&limits, &slot);
	__u64 now = bpf_ktime_get_ns();
	if (!l)
		return 0;
	if (l->tat > now + SOLICITATIONS_AHEAD_NS)
		return 1;
	charge(&l->tat, now, SOLICITATION_NS);
	return 0;
}

static __always_inline int admit_icmp6(struct __sk_buff *skb, const struct guest *guest, const struct onlink *p)
{
	struct { __u8 type, code; __be16 checksum; __be32 flags; __u8 target[16]; } m;
	if (bpf_skb_load_bytes(skb, p->at, &m, 4))
		return drop(DROP_MALFORMED);
	__u32 options = p->at + 8;
	switch (m.type) {
	case 134: /* router advertisement */
	case 137: /* redirect */
		return drop(DROP_ROGUE);
	case 135: /* neighbour solicitation */
	case 136: /* neighbour advertisement */
		if (bpf_skb_load_bytes(skb, p->at, &m, sizeof m))
			return drop(DROP_MALFORMED);
		/* What a station advertises is its own; what it looks for from no address, it will take if nobody has it: the gateway says so. */
		if (m.type == 136 && is_anothers(guest, 10, m.target))
			return drop(DROP_STATION_SPOOF);
		options = p->at + sizeof m;
		break;
	case 133: /* router solicitation */
		break;
	default:
		return drop(p->many ? DROP_MULTICAST : DROP_NOT_OFFERED);
	}
	if (p->hops != ND_HOPS)
		return drop(DROP_MALFORMED);
	int said = admit_options(skb, guest, options, p->end);
	return said == PASS && m.type != 136 && solicited_too_often() ? drop(DROP_POLICED) : said;
}

/* Reports of multicast groups stand behind a router alert (RFC 3810 §5), as nothing else of a guest's does. */
static __always_inline int is_group_report(struct __sk_buff *skb, const struct onlink *p)
{
	__u8 o[10];
	return p->next == 0 && !bpf_skb_load_bytes(skb, p->at, o, 9) && o[0] == 58 && !o[1] && (o[8] == 143 || (o[8] >= 130 && o[8] <= 132));
}

static __always_inline int is_extension(__u8 next)
{
	return next == 0 || next == 43 || next == 44 || next == 51 || next == 60 || next == 135 || next == 139 || next == 140;
}

/* `gateway`: of the destination, what is offered there; 0: it is no address of the gateway. */
static __always_inline int from_here(struct __sk_buff *skb, const struct guest *guest, const struct onlink *p, __u32 gateway)
{
	__be16 ports[2];
	if (p->six && p->next == 58)
		return admit_icmp6(skb, guest, p);
	if (p->six && is_extension(p->next))
		return drop(is_group_report(skb, p) ? DROP_MULTICAST : DROP_HIDDEN);
	if (p->next != 17 && p->next != 6)
		return drop(p->many ? DROP_MULTICAST : DROP_NOT_OFFERED);
	if (!p->plain)
		return drop(DROP_HIDDEN);
	if (bpf_skb_load_bytes(skb, p->at, ports, sizeof ports))
		return drop(DROP_MALFORMED);
	__u16 from = bpf_ntohs(ports[0]), to = bpf_ntohs(ports[1]);
	if (p->next == 17 && (p->six ? from == DHCPV6_SERVER : from == DHCP_SERVER))
		return drop(DROP_ROGUE);
	if (p->next == 17 && !p->six && to == DHCP_SERVER && (p->many || gateway))
		return PASS;
	if (gateway & GATEWAY_DNS && to == DNS)
		return PASS;
	return drop(p->many ? DROP_MULTICAST : DROP_NOT_OFFERED);
}
