/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The subscriber's packet: what both directions need to know of it, and the TCP MSS. */
#pragma once
#include "maps.h"

struct inner {
	struct address_key from, to;
	__u32 at;      /* where it begins */
	__u32 length;  /* octets, of all segments as they stand in this one */
	__u32 headers; /* octets that each segment repeats */
	__u32 packets; /* how many it is on the wire */
	__u32 segment; /* octets of the largest */
	__u32 tcp;     /* where its header begins, 0 if there is none here */
	__u8 six, tos, next, whole; /* whole: IPv4 that may not be fragmented, and any IPv6 */
	__u8 flags; /* of TCP */
};

/* Octets as they are on the wire: a GSO packet carries its headers once. */
static __always_inline __u32 wire_octets(const struct inner *p)
{
	return p->length + (p->packets - 1) * p->headers;
}

/* Reads the packet at `at`; 0 if it is one. Everything is copied: alignment is unknown, and helpers invalidate pointers. */
static __always_inline int read_inner(struct __sk_buff *skb, __u32 at, __be16 protocol, __u16 space, struct inner *p)
{
	__u32 there = skb->len - at, l4;
	p->at = at;
	p->from.space = p->to.space = space;
	if (protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr ip;
		if (bpf_skb_load_bytes(skb, at, &ip, sizeof ip) || ip.version != 4 || ip.ihl < 5)
			return -1;
		p->from.family = p->to.family = 4;
		__builtin_memcpy(p->from.address, &ip.saddr, 4);
		__builtin_memcpy(p->to.address, &ip.daddr, 4);
		p->length = bpf_ntohs(ip.tot_len);
		p->headers = ip.ihl * 4;
		p->tos = ip.tos;
		p->next = ip.protocol;
		p->whole = (ip.frag_off & bpf_htons(0x4000)) != 0;
		l4 = ip.frag_off & bpf_htons(0x1fff) ? 0 : at + p->headers;
	} else if (protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr ip;
		if (bpf_skb_load_bytes(skb, at, &ip, sizeof ip) || ip.version != 6)
			return -1;
		p->six = 1;
		p->from.family = p->to.family = 6;
		__builtin_memcpy(p->from.address, &ip.saddr, 8);
		__builtin_memcpy(p->to.address, &ip.daddr, 8);
		p->length = sizeof ip + bpf_ntohs(ip.payload_len);
		p->headers = sizeof ip;
		p->tos = ip.priority << 4 | ip.flow_lbl[0] >> 4;
		p->next = ip.nexthdr;
		p->whole = 1;
		l4 = at + sizeof ip;
	} else {
		return -1;
	}
	__u32 size = skb->gso_size;
	if (size) /* the length field of an aggregate may be anything */
		p->length = there;
	if (p->length > there || p->length < p->headers)
		return -1;
	p->packets = 1;
	p->segment = p->length;
	if (p->next == IPPROTO_TCP && l4) {
		__u8 h[2];
		if (bpf_skb_load_bytes(skb, l4 + 12, h, 2))
			return -1;
		p->tcp = l4;
		p->flags = h[1];
		p->headers += (h[0] >> 4) * 4;
	} else if (size) {
		p->headers += 8;
	}
	if (size) {
		p->packets = skb->gso_segs;
		if (!p->packets) /* from an untrusted source, such as a guest's virtio: not counted yet */
			p->packets = (p->length - p->headers + size - 1) / size;
		if (!p->packets)
			p->packets = 1;
		p->segment = p->headers + size;
	}
	return 0;
}

#define TCP_SYN 2

/* Lowers the MSS option of a SYN to what fits `mtu`. */
static __always_inline void clamp(struct __sk_buff *skb, const struct inner *p, __u32 mtu)
{
	if (!p->tcp || !(p->flags & TCP_SYN))
		return;
	__u32 at = p->tcp + 20, end = p->at + p->headers;
	__u32 most = mtu - (p->six ? 60 : 40);
#pragma unroll
	for (int i = 0; i < 12; i++) {
		__u8 o[4];
		if (at + 4 > end || bpf_skb_load_bytes(skb, at, o, 4) || o[0] == 0)
			return;
		if (o[0] == 1) {
			at++;
			continue;
		}
		if (o[0] == 2 && o[1] == 4) {
			__u32 was = o[2] << 8 | o[3];
			if (was <= most)
				return;
			__be16 from = bpf_htons(was), to = bpf_htons(most);
			if (bpf_skb_store_bytes(skb, at + 2, &to, 2, 0))
				return;
			if ((at - p->tcp) & 1) { /* it spans two words of the checksum */
				from = __builtin_bswap16(from);
				to = __builtin_bswap16(to);
			}
			bpf_l4_csum_replace(skb, p->tcp + 16, from, to, 2);
			return;
		}
		if (o[1] < 2)
			return;
		at += o[1];
	}
}
