/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* From the pseudo-device into the tunnel. */
#pragma once
#include "inner.h"
#include "error.h"
#include "hold.h"

#define GRE_KEY bpf_htons(0x2000)
#define HOPS 64
#define LOOPBACK 1 /* ifindex of lo in every namespace: routes are looked up as for what this machine sends itself */
#define FAMILY_4 2
#define FAMILY_6 10

struct gre { __be16 flags, protocol; __be32 key; };
struct gre6_header { struct ipv6hdr ip; struct gre gre; };
struct gre4_header { struct iphdr ip; struct gre gre; } __attribute__((packed, aligned(4)));
struct udp4_header { struct iphdr ip; __be16 source, destination, length, check; __u8 type, next; __be16 size; struct gre gre; } __attribute__((packed, aligned(4)));

static __always_inline __sum16 header_checksum(const struct iphdr *ip)
{
	const __u16 *w = (const void *)ip;
	__u32 sum = 0;
#pragma unroll
	for (int i = 0; i < 10; i++)
		sum += w[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16));
}

/*
 * Room for the outer header. A packet that has been in another tunnel is refused with -EALREADY by the flags that also prepare
 * segmentation; on its second way (`again`) it is a single packet, which needs no preparation. skb->protocol must change all
 * the same, and only the address family translation does that: it moves 20 octets, and sees nothing but room.
 */
static __always_inline long grow(struct __sk_buff *skb, const struct send *s, int room, const struct inner *p, int again)
{
	int outer6 = s->transport == TRANSPORT_GRE6;
	__u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO | (outer6 ? BPF_F_ADJ_ROOM_ENCAP_L3_IPV6 : BPF_F_ADJ_ROOM_ENCAP_L3_IPV4) |
		      (s->transport == TRANSPORT_UDP4 ? BPF_F_ADJ_ROOM_ENCAP_L4_UDP : BPF_F_ADJ_ROOM_ENCAP_L4_GRE);
	long refused = bpf_skb_adjust_room(skb, room, BPF_ADJ_ROOM_MAC, flags);
	if (!refused || !again)
		return refused;
	if (p->six == outer6)
		return bpf_skb_adjust_room(skb, room, BPF_ADJ_ROOM_MAC, 0);
	if (outer6)
		return bpf_skb_change_proto(skb, bpf_htons(ETH_P_IPV6), 0) ?: bpf_skb_adjust_room(skb, room - 20, BPF_ADJ_ROOM_MAC, 0);
	return bpf_skb_adjust_room(skb, room + 20, BPF_ADJ_ROOM_MAC, 0) ?: bpf_skb_change_proto(skb, bpf_htons(ETH_P_IP), 0);
}

static __always_inline void outer4(struct iphdr *ip, const struct send *s, const __u8 *remote, __u8 tos, __u32 length, __u8 protocol)
{
	ip->version = 4;
	ip->ihl = 5;
	ip->tos = tos;
	ip->tot_len = bpf_htons(length);
	ip->frag_off = bpf_htons(0x4000);
	ip->ttl = HOPS;
	ip->protocol = protocol;
	__builtin_memcpy(&ip->saddr, s->local, 4);
	__builtin_memcpy(&ip->daddr, remote, 4);
	ip->check = header_checksum(ip);
}

/* Writes the outer header into the room made for it. DSCP and ECN are the inner packet's (RFC 6040 §4.1). */
static __always_inline long write_outer(struct __sk_buff *skb, const struct send *s, const __u8 *remote, const struct inner *p)
{
	struct gre gre = { .flags = GRE_KEY, .protocol = p->six ? bpf_htons(ETH_P_IPV6) : bpf_htons(ETH_P_IP), .key = s->sendKey };
	__be16 type = bpf_htons(ETH_P_IP);
	__u32 length = skb->len - ETH_HLEN;
	long failed;
	if (s->transport == TRANSPORT_GRE6) {
		struct gre6_header h = { .gre = gre };
		h.ip.version = 6;
		h.ip.priority = p->tos >> 4;
		h.ip.flow_lbl[0] = p->tos << 4;
		h.ip.payload_len = bpf_htons(length - sizeof h.ip);
		h.ip.nexthdr = IPPROTO_GRE;
		h.ip.hop_limit = HOPS;
		__builtin_memcpy(&h.ip.saddr, s->local, 16);
		__builtin_memcpy(&h.ip.daddr, remote, 16);
		type = bpf_htons(ETH_P_IPV6);
		failed = bpf_skb_store_bytes(skb, ETH_HLEN, &h, sizeof h, 0);
	} else if (s->transport == TRANSPORT_UDP4) { /* no UDP checksum: the inner packet has its own, and RFC 768 allows it */
		struct udp4_header h = { .gre = gre };
		outer4(&h.ip, s, remote, p->tos, length, IPPROTO_UDP);
		h.source = bpf_htons(DATA_PORT);
		__builtin_memcpy(&h.destination, remote + 4, 2);
		h.length = bpf_htons(length - sizeof h.ip);
		h.next = IPPROTO_GRE;
		h.size = bpf_htons(length - sizeof h.ip - 12);
		failed = bpf_skb_store_bytes(skb, ETH_HLEN, &h, sizeof h, 0);
	} else {
		struct gre4_header h = { .gre = gre };
		outer4(&h.ip, s, remote, p->tos, length, IPPROTO_GRE);
		failed = bpf_skb_store_bytes(skb, ETH_HLEN, &h, sizeof h, 0);
	}
	return failed ?: bpf_skb_store_bytes(skb, 12, &type, 2, 0);
}

/*
 * Subscriber to subscriber: what came in on a pseudo-device goes out on one. Both must be allowed, and of one space. A packet
 * that the peer device had fragmented was asked before.
 */
static __always_inline int denied(struct __sk_buff *skb, const struct send *s, struct inner *p)
{
	__u32 in = skb->ingress_ifindex;
	const struct device *via = in ? bpf_map_lookup_elem(&devices, &in) : NULL;
	if (!via || via->kind != KIND_PSEUDO)
		return 0;
	const struct send *source = via->space == p->from.space ? bpf_map_lookup_elem(&sends, &p->from) : NULL;
	return !source || !(source->flags & s->flags & FLAG_PEERS);
}

/*
 * The way to the tunnel's end for a packet of `size` octets, as for what this machine sends itself. An answer is believed for a
 * moment: asking costs as much as all the rest.
 */
static __always_inline struct route *route_to(struct __sk_buff *skb, const struct send *s, const __u8 *remote, __u32 size, long *found)
{
	int six = s->transport == TRANSPORT_GRE6;
	__u8 to[16] = {};
	__builtin_memcpy(to, remote, 4);
	if (six)
		__builtin_memcpy(to + 4, remote + 4, 12);
	__u32 slot = slot_of(to) & (ROUTES - 1);
	__u64 now = bpf_ktime_get_coarse_ns();
	struct route *r = bpf_map_lookup_elem(&routes, &slot);
	if (!r)
		return NULL;
	/* Without a neighbour there is no `family`, and the MTU is not told, only that this size passed. */
	if (now < r->until && !differ(r->remote, to, 4) && !differ(r->local, s->local, 4) && (r->family || size <= r->mtu)) {
		*found = size > r->mtu ? BPF_FIB_LKUP_RET_FRAG_NEEDED : r->family ? BPF_FIB_LKUP_RET_SUCCESS : BPF_FIB_LKUP_RET_NO_NEIGH;
		return r;
	}
	struct bpf_fib_lookup f = { .ifindex = LOOPBACK, .tot_len = size, .family = six ? FAMILY_6 : FAMILY_4 };
	if (six) {
		__builtin_memcpy(f.ipv6_src, s->local, 16);
		__builtin_memcpy(f.ipv6_dst, to, 16);
	} else {
		__builtin_memcpy(&f.ipv4_src, s->local, 4);
		__builtin_memcpy(&f.ipv4_dst, to, 4);
	}
	*found = bpf_fib_lookup(skb, &f, sizeof f, 0);
	r->ifindex = f.ifindex;
	r->family = *found == BPF_FIB_LKUP_RET_SUCCESS ? f.family : 0;
	r->mtu = f.mtu_result;
	r->until = *found == BPF_FIB_LKUP_RET_SUCCESS || *found == BPF_FIB_LKUP_RET_NO_NEIGH ? now + BELIEVED_NS : 0;
	__builtin_memcpy(r->local, s->local, 16);
	__builtin_memcpy(r->remote, to, 16);
	__builtin_memcpy(r->hop, f.ipv6_dst, 16);
	return r;
}

/* FIRST: by the pseudo-device. AGAIN: plain, by its peer. RELEASED: plain, after it was held. */
enum passage_kind { FIRST, AGAIN, RELEASED };

static __always_inline int encapsulate(struct __sk_buff *skb, enum passage_kind again)
{
	__u32 ifindex = skb->ifindex;
	const struct device *device = bpf_map_lookup_elem(&devices, &ifindex);
	struct inner p = {};
	if (!device)
		return drop(DROP_FAILED);
	int anchor = device->role == ROLE_LMA;
	struct held_header held = {};
	if (again == RELEASED && bpf_skb_load_bytes(skb, 0, &held, sizeof held))
		return drop(DROP_MALFORMED);
	__u16 space = again == RELEASED ? held.space : device->space;
	if (read_inner(skb, ETH_HLEN, skb->protocol, space, &p))
		return drop(DROP_MALFORMED);
	if (p.to.family == 6 && p.to.address[0] == 0xff)
		return TC_ACT_SHOT; /* the stack's own multicast */
	struct address_key key = anchor ? p.to : p.from;
	const struct send *s = bpf_map_lookup_elem(&sends, &key);
	if (!s)
		return drop(anchor ? DROP_UNKNOWN_DESTINATION : DROP_UNKNOWN_SOURCE);
	if (anchor && !again && denied(skb, s, &p))
		return drop(DROP_PEER_DENIED);
	if (s->flags & FLAG_DROP || (again == RELEASED && s->index != held.index))
		return drop(DROP_CLOSED);
	/* What is too large for the path is not held, but told to its sender, or fragmented first. */
	if (s->flags & FLAG_HOLD && again != RELEASED && p.segment <= s->mtu) {
		int verdict = hold(skb, s, &p);
		if (verdict != PASS)
			return verdict;
	}

	__u8 remote[16];
	int room = s->transport == TRANSPORT_GRE6 ? sizeof(struct gre6_header) : sizeof(struct gre4_header);
	__builtin_memcpy(remote, s->remote, 16);
	if (s->transport == TRANSPORT_UDP4) {
		__be32 receive_key = s->receiveKey;
		const struct receive *r = bpf_map_lookup_elem(&receives, &receive_key);
		if (!r || !*(const __u16 *)(r->remote + 4))
			return drop(DROP_NOT_LEARNED);
		*(__u64 *)remote = *(const __u64 *)r->remote;
		room = sizeof(struct udp4_header);
	}

	long found;
	struct route *way = route_to(skb, s, remote, p.segment + room, &found);
	if (!way || (found != BPF_FIB_LKUP_RET_SUCCESS && found != BPF_FIB_LKUP_RET_NO_NEIGH && found != BPF_FIB_LKUP_RET_FRAG_NEEDED))
		return drop(DROP_NO_ROUTE);
	__u32 mtu = s->mtu;
	if (found == BPF_FIB_LKUP_RET_FRAG_NEEDED && way->mtu < mtu + room)
		mtu = way->mtu - room;

	/* The peer device gets what needs more than a header, and gets it plain: one packet at a time, checksums filled in. */
	if (!again && (p.segment > mtu || (p.packets > 1 && s->transport == TRANSPORT_UDP4)))
		return TC_ACT_OK;
	if (p.segment > mtu && again == RELEASED) { /* the new home takes less than the old one */
		__u32 at = space, *pseudo = bpf_map_lookup_elem(&spaces, &at);
		return pseudo ? bpf_redirect(*pseudo, 0) : drop(DROP_FAILED);
	}
	if (p.segment > mtu)
		return too_big(skb, &p, s->index, space, mtu);
	struct passing w;
	__u32 why = excess(&w, s->index, anchor, !anchor, again == RELEASED ? 0 : s->cost, s->burst, p.packets);
	if (why)
		return drop(why);
	clamp(skb, &p, mtu);
	if (grow(skb, s, room, &p, again))
		return again ? drop(DROP_FAILED) : TC_ACT_OK;
	if (write_outer(skb, s, remote, &p))
		return drop(DROP_FAILED);
	count(&w, wire_octets(&p), p.packets);
	if (anchor)
		date(w.flow, s->place);
	/* A packet that waits for its next hop's MAC is sent by the route it carries, which is still the pseudo-device's: look it up. */
	if (found == BPF_FIB_LKUP_RET_NO_NEIGH)
		return bpf_redirect_neigh(way->ifindex, NULL, 0, 0);
	struct bpf_redir_neigh hop = { .nh_family = way->family };
	__builtin_memcpy(hop.ipv6_nh, way->hop, 16);
	return bpf_redirect_neigh(way->ifindex, &hop, sizeof hop, 0);
}
