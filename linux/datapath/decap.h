/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* From a tunnel, at the ingress of a WAN device, into the pseudo-device. */
#pragma once
#include "encap.h"

#define GRE_SEQUENCE bpf_htons(0x1000)
#define NO_NEXT_HEADER 59
#define NOT_FIRST_FRAGMENT_OR_MORE bpf_htons(0x3fff)

struct outer {
	__u8 from[16], to[16]; /* as in struct receive: for UDP the source's port stands behind its address */
	__u32 gre;             /* where GRE begins */
	__u8 transport, tos;
};

#define OURS 1

/* OURS, or the verdict on a packet that is no tunnel's. */
static __always_inline int read_outer(struct __sk_buff *skb, __u32 at, struct outer *o)
{
	if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr ip;
		__u8 option[8];
		if (bpf_skb_load_bytes(skb, at, &ip, sizeof ip))
			return PASS;
		__u8 next = ip.nexthdr;
		at += sizeof ip;
		/* One destination options header of 8 octets: the tunnel encapsulation limit (RFC 2473 §4.1.1), as Linux sends it. */
		if (next == IPPROTO_DSTOPTS && !bpf_skb_load_bytes(skb, at, option, sizeof option) && option[1] == 0) {
			next = option[0];
			at += sizeof option;
		}
		if (next == IPPROTO_FRAGMENT && !bpf_skb_load_bytes(skb, at, option, sizeof option) && option[0] == IPPROTO_GRE)
			note(DROP_FRAGMENT);
		if (next != IPPROTO_GRE)
			return PASS;
		__builtin_memcpy(o->from, &ip.saddr, 16);
		__builtin_memcpy(o->to, &ip.daddr, 16);
		o->tos = ip.priority << 4 | ip.flow_lbl[0] >> 4;
		o->transport = TRANSPORT_GRE6;
		o->gre = at;
		return OURS;
	}
	if (skb->protocol != bpf_htons(ETH_P_IP))
		return PASS;
	struct iphdr ip;
	if (bpf_skb_load_bytes(skb, at, &ip, sizeof ip) || ip.ihl != 5 || (ip.protocol != IPPROTO_GRE && ip.protocol != IPPROTO_UDP))
		return PASS;
	__builtin_memcpy(o->from, &ip.saddr, 4);
	__builtin_memcpy(o->to, &ip.daddr, 4);
	o->tos = ip.tos;
	at += sizeof ip;
	if (ip.protocol == IPPROTO_GRE) {
		if (ip.frag_off & NOT_FIRST_FRAGMENT_OR_MORE) {
			note(DROP_FRAGMENT);
			return PASS;
		}
		o->transport = TRANSPORT_GRE4;
		o->gre = at;
		return OURS;
	}
	struct { __be16 source, destination, length, check; __u8 type, next; __be16 size; } u;
	if ((ip.frag_off & bpf_htons(0x1fff)) || bpf_skb_load_bytes(skb, at, &u, 4) || u.destination != bpf_htons(DATA_PORT))
		return PASS;
	if (ip.frag_off & NOT_FIRST_FRAGMENT_OR_MORE) {
		note(DROP_FRAGMENT);
		return PASS;
	}
	__u32 length;
	/* RFC 5845 §7: where the lengths disagree, the packet is discarded. */
	if (bpf_skb_load_bytes(skb, at, &u, sizeof u) || u.type >> 4 || u.next != IPPROTO_GRE || (length = bpf_ntohs(u.length)) < sizeof u + sizeof(struct gre) ||
	    at + length > skb->len || bpf_ntohs(u.size) != length - sizeof u || skb->gso_size)
		return drop(DROP_MALFORMED);
	__builtin_memcpy(o->from + 4, &u.source, 2);
	o->transport = TRANSPORT_UDP4;
	o->gre = at + sizeof u;
	return OURS;
}

/* The session's address, at the LMA the source, at the MAG the destination. */
static __always_inline int session_address(const struct receive *r, const struct address_key *a)
{
	if (a->family == 4 ? r->ipv4 && !differ(a->address, &r->ipv4, 1) : (*(const __u64 *)r->prefix && !differ(a->address, r->prefix, 2)))
		return 1;
	const struct send *s = bpf_map_lookup_elem(&sends, a); /* a further home network prefix */
	return s && s->index == r->index;
}

/* RFC 6040 §4.2, normal mode; 0 if the packet may go on. */
static __always_inline int merge_ecn(struct __sk_buff *skb, __u32 at, const struct inner *p, __u8 outer)
{
	__u8 ecn = p->tos & 3;
	outer &= 3;
	if (outer == 3 && ecn == 0)
		return -1;
	if (ecn == 0 || ecn == 3 || !(outer == 3 || (outer == 1 && ecn == 2)))
		return 0;
	__u8 h[2];
	if (bpf_skb_load_bytes(skb, at, h, 2))
		return -1;
	__be16 was, is;
	__builtin_memcpy(&was, h, 2);
	if (p->six)
		h[1] = (h[1] & 0xcf) | outer << 4;
	else
		h[1] = (h[1] & 0xfc) | outer;
	__builtin_memcpy(&is, h, 2);
	if (p->six)
		return bpf_skb_store_bytes(skb, at, h, 2, BPF_F_RECOMPUTE_CSUM);
	return bpf_skb_store_bytes(skb, at, h, 2, 0) ?: bpf_l3_csum_replace(skb, at + 10, was, is, 2);
}

/* The tunnel's end behind a NAT is where a packet with its key and its address comes from. */
static __always_inline int learn(struct receive *r, const struct outer *o)
{
	if (!(r->flags & FLAG_LEARN))
		return -1;
	if (differ(o->from, r->remote, 1) && bpf_ktime_get_ns() - r->since < STRAGGLERS_NS)
		return -1;
	*(volatile __u64 *)r->remote = *(const __u64 *)o->from;
	return 0;
}

/*
 * Takes the outer header off. The kernel refuses to leave less than an outer IPv6 header, which a small IPv4 packet is: the address
 * family translation takes the first 20 octets of it, and then the limit is an IPv4 header's.
 */
static __always_inline long shrink(struct __sk_buff *skb, const struct outer *o, const struct inner *p, __u32 at, __u32 l2)
{
	int less = at - l2;
	if (o->transport == TRANSPORT_GRE6 && p->length < sizeof(struct ipv6hdr))
		return bpf_skb_change_proto(skb, bpf_htons(ETH_P_IP), 0) ?: bpf_skb_adjust_room(skb, 20 - less, BPF_ADJ_ROOM_MAC, 0);
	return bpf_skb_adjust_room(skb, -less, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO);
}

static __always_inline int decapsulate(struct __sk_buff *skb, __u32 l2)
{
	struct outer o = {};
	int verdict = skb->vlan_present ? PASS : read_outer(skb, l2, &o);
	if (verdict != OURS)
		return verdict;
	int udp = o.transport == TRANSPORT_UDP4;
	struct gre gre;
	if (bpf_skb_load_bytes(skb, o.gre, &gre, sizeof gre) || (gre.flags & ~GRE_SEQUENCE) != GRE_KEY)
		return udp ? drop(DROP_MALFORMED) : PASS;
	__u32 at = o.gre + sizeof gre + (gre.flags & GRE_SEQUENCE ? 4 : 0);
	__be32 key = gre.key;
	struct receive *r = bpf_map_lookup_elem(&receives, &key);
	if (!r) {
		note(DROP_UNKNOWN_KEY);
		return udp ? TC_ACT_SHOT : PASS;
	}
	int known = !differ(o.from, r->remote, 4);
	if (r->transport != o.transport || differ(o.to, r->local, 4) || (!known && !(r->flags & FLAG_LEARN)))
		return drop(DROP_WRONG_PEER);

	__u32 space = r->space;
	__u32 *pseudo = bpf_map_lookup_elem(&spaces, &space);
	const struct device *device = pseudo ? bpf_map_lookup_elem(&devices, pseudo) : NULL;
	if (!device)
		return drop(DROP_FAILED);
	struct inner p = {};
	if (read_inner(skb, at, gre.protocol, space, &p))
		return drop(DROP_MALFORMED);
	int anchor = device->role == ROLE_LMA;
	struct address_key session = anchor ? p.from : p.to;
	if (!session_address(r, &session))
		return drop(DROP_WRONG_ADDRESS);
	if (!known && learn(r, &o))
		return drop(DROP_WRONG_PEER);
	struct flow *up = anchor ? flow_of(r->index, DIRECTION_UP) : NULL;
	if (up)
		date(up, r->since);
	if (anchor && p.next == NO_NEXT_HEADER)
		return TC_ACT_SHOT; /* a keepalive has done its work */
	if (r->flags & (FLAG_DROP | FLAG_HOLD))
		return drop(DROP_CLOSED);
	struct passing w;
	__u32 why = excess(&w, r->index, !anchor, !anchor, r->cost, r->burst, p.packets);
	if (why)
		return drop(why);
	if (merge_ecn(skb, at, &p, o.tos))
		return drop(DROP_CONGESTION);
	clamp(skb, &p, r->mtu);

	if (shrink(skb, &o, &p, at, l2))
		return drop(DROP_FAILED);
	if (!l2 && bpf_skb_change_head(skb, ETH_HLEN, 0))
		return drop(DROP_FAILED);
	struct ethhdr eth = { .h_dest = PSEUDO_MAC, .h_source = PSEUDO_MAC, .h_proto = gre.protocol };
	if (bpf_skb_store_bytes(skb, 0, &eth, sizeof eth, 0))
		return drop(DROP_FAILED);
	count(&w, wire_octets(&p), p.packets);
	if (!anchor)
		date(w.flow, r->since);
	return bpf_redirect(*pseudo, BPF_F_INGRESS);
}

/* A packet out of IPsec may still have the link header of the device on which it came, although its own device has none. */
static __always_inline __u32 leftover_link_header(struct __sk_buff *skb)
{
	__u32 front[4], network[4];
	if (bpf_skb_load_bytes(skb, 0, front, sizeof front) || bpf_skb_load_bytes_relative(skb, 0, network, sizeof network, BPF_HDR_START_NET))
		return 0;
	return differ(front, network, 4) ? ETH_HLEN : 0;
}
