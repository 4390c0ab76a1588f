/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Packets larger than a path's MTU, which may be less than the pseudo-device's. On the peer device only: packets are plain
 * there, so the checksum of a quoted header is final.
 */
#pragma once
#include "inner.h"

struct icmp_error { __u8 type, code; __be16 check; __be32 mtu; };
struct error4 { struct iphdr ip; struct icmp_error icmp; } __attribute__((packed, aligned(4)));
struct error6 { struct ipv6hdr ip; struct icmp_error icmp; } __attribute__((packed, aligned(4)));

static __always_inline __u16 fold(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16));
}

/* One error per path and interval: an answer to every packet would be a gift to whoever forges sources. */
static __always_inline int too_soon(__u32 index)
{
	struct flow *f = flow_of(index, DIRECTION_DOWN);
	__u64 now = bpf_ktime_get_ns();
	if (!f || now - f->lastError < ERROR_INTERVAL_NS)
		return 1;
	f->lastError = now;
	return 0;
}

/*
 * Turns the packet into the ICMP error that its sender needs, and hands it in on the pseudo-device. It speaks in the name of the
 * destination: no address of the router need be known, and NAT and anti-spoofing see an ordinary answer. What is not quoted stays
 * behind the length that the IP header gives, where the stack cuts it off.
 */
static __always_inline int too_big(struct __sk_buff *skb, const struct inner *p, __u32 index, __u32 space, __u32 mtu)
{
	if (!p->whole && mtu >= MINIMUM_MTU)
		return TC_ACT_OK; /* the stack fragments it to that, and sends it to the pseudo-device again */
	note(DROP_TOO_BIG);
	__u32 *pseudo = bpf_map_lookup_elem(&spaces, &space);
	if (!pseudo || p->length < QUOTED || too_soon(index))
		return TC_ACT_SHOT;
	__s32 quoted[QUOTED / 4];
	if (bpf_skb_load_bytes(skb, ETH_HLEN, quoted, sizeof quoted))
		return TC_ACT_SHOT;
	__s64 sum = bpf_csum_diff(NULL, 0, (__be32 *)quoted, sizeof quoted, 0);
	if (sum < 0)
		return TC_ACT_SHOT;
	if (p->six) {
		const struct ipv6hdr *was = (const void *)quoted;
		struct error6 e = { .icmp = { .type = 2, .mtu = bpf_htonl(mtu) } };
		e.ip.version = 6;
		e.ip.payload_len = bpf_htons(sizeof e.icmp + QUOTED);
		e.ip.nexthdr = IPPROTO_ICMPV6;
		e.ip.hop_limit = 64;
		__builtin_memcpy(&e.ip.saddr, &was->daddr, 16);
		__builtin_memcpy(&e.ip.daddr, &was->saddr, 16);
		sum = bpf_csum_diff(NULL, 0, (__be32 *)&e.ip.saddr, 32 + sizeof e.icmp, sum);
		e.icmp.check = fold(sum + bpf_htonl(sizeof e.icmp + QUOTED) + bpf_htonl(IPPROTO_ICMPV6));
		if (sum < 0 || bpf_skb_adjust_room(skb, sizeof e, BPF_ADJ_ROOM_MAC, 0) || bpf_skb_store_bytes(skb, ETH_HLEN, &e, sizeof e, 0))
			return TC_ACT_SHOT;
	} else {
		const struct iphdr *was = (const void *)quoted;
		struct error4 e = { .icmp = { .type = 3, .code = 4, .mtu = bpf_htonl(mtu) } };
		e.ip.version = 4;
		e.ip.ihl = 5;
		e.ip.tot_len = bpf_htons(sizeof e + QUOTED);
		e.ip.ttl = 64;
		e.ip.protocol = IPPROTO_ICMP;
		e.ip.saddr = was->daddr;
		e.ip.daddr = was->saddr;
		__u64 header = bpf_csum_diff(NULL, 0, (__be32 *)&e.ip, sizeof e.ip, 0);
		e.ip.check = fold(header);
		sum = bpf_csum_diff(NULL, 0, (__be32 *)&e.icmp, sizeof e.icmp, sum);
		e.icmp.check = fold(sum);
		if (sum < 0 || bpf_skb_adjust_room(skb, sizeof e, BPF_ADJ_ROOM_MAC, 0) || bpf_skb_store_bytes(skb, ETH_HLEN, &e, sizeof e, 0))
			return TC_ACT_SHOT;
	}
	return bpf_redirect(*pseudo, BPF_F_INGRESS);
}
