/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* At the ingress of a MAG's access interfaces: who was heard, and what guests may send. What is not named here does not pass. */
#pragma once
#include "encap.h"
#include "onlink.h"

static __always_inline void heard(__u32 ifindex, const __u8 *mac)
{
	struct station_key station = { .ifindex = ifindex };
	__u64 now = bpf_ktime_get_coarse_ns();
	__builtin_memcpy(station.mac, mac, 6);
	__u64 *last = bpf_map_lookup_elem(&stations, &station);
	if (last)
		*last = now;
	else
		bpf_map_update_elem(&stations, &station, &now, BPF_ANY);
}

enum way { TO_THE_GATEWAY, PAST_THE_ROUTER, INTO_THE_TUNNEL };

/*
 * What is for this machine but not for the gateway's own address would reach the router's other addresses, past the tunnel: it
 * goes into the tunnel as well.
 */
static __always_inline enum way way_of(struct __sk_buff *skb, struct bpf_fib_lookup *f, struct gateway_key *to)
{
	f->ifindex = skb->ifindex;
	__u32 slot = slot_of(to->address) & (PASSAGES - 1);
	__u64 now = bpf_ktime_get_coarse_ns();
	struct passage *known = bpf_map_lookup_elem(&passages, &slot);
	if (!known)
		return INTO_THE_TUNNEL;
	if (now < known->until && known->ifindex == to->ifindex && known->family == to->family && !differ(known->address, to->address, 4))
		return PAST_THE_ROUTER;
	long found = bpf_fib_lookup(skb, f, sizeof *f, 0);
	/* Where a device is set not to forward, the kernel still takes what is for any address of its own. */
	if (found < 0 || found == BPF_FIB_LKUP_RET_NOT_FWDED || found == BPF_FIB_LKUP_RET_FWD_DISABLED)
		return is_loopback(to) || bpf_map_lookup_elem(&gateways, to) ? TO_THE_GATEWAY : INTO_THE_TUNNEL;
	known->ifindex = to->ifindex;
	known->family = to->family;
	__builtin_memcpy(known->address, to->address, 16);
	known->until = now + BELIEVED_NS;
	return PAST_THE_ROUTER;
}

static __always_inline int admit(struct __sk_buff *skb)
{
	struct ethhdr eth;
	__u32 ifindex = skb->ifindex;
	if (bpf_skb_load_bytes(skb, 0, &eth, sizeof eth))
		return PASS;
	heard(ifindex, eth.h_source);
	const struct device *device = bpf_map_lookup_elem(&devices, &ifindex);
	if (!device || device->kind != KIND_ACCESS)
		return PASS;
	if (skb->vlan_present)
		return drop(DROP_ETHER_TYPE);

	struct guest guest = { .ifindex = ifindex, .space = device->space };
	__builtin_memcpy(guest.mac, eth.h_source, 6);
	struct bpf_fib_lookup f = {};
	struct gateway_key to = { .ifindex = ifindex };
	struct onlink p = {};
	struct address_key key = { .space = guest.space };
	int stays; /* on this link: no router forwards it */
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr ip;
		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof ip))
			return drop(DROP_MALFORMED);
		key.family = 4;
		__builtin_memcpy(key.address, &ip.saddr, 4);
		p.next = ip.protocol;
		/* What is not at its usual place is not looked for. */
		p.plain = ip.ihl == 5 && !(ip.frag_off & bpf_htons(0x3fff));
		p.at = ETH_HLEN + sizeof ip;
		p.many = (ip.daddr & bpf_htonl(0xf0000000)) == bpf_htonl(0xe0000000) || ip.daddr == 0xffffffff;
		stays = p.many || (ip.daddr & bpf_htonl(0xffff0000)) == bpf_htonl(0xa9fe0000);
		f.family = FAMILY_4;
		f.ipv4_src = ip.saddr;
		f.ipv4_dst = ip.daddr;
		__builtin_memcpy(to.address, &ip.daddr, 4);
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr ip;
		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof ip))
			return drop(DROP_MALFORMED);
		const __u8 *a = ip.saddr.in6_u.u6_addr8, *b = ip.daddr.in6_u.u6_addr8;
		key.family = 6;
		__builtin_memcpy(key.address, a, 8);
		p.six = 1;
		p.next = ip.nexthdr;
		p.hops = ip.hop_limit;
		p.plain = 1;
		p.at = ETH_HLEN + sizeof ip;
		p.end = p.at + bpf_ntohs(ip.payload_len);
		p.many = b[0] == 0xff;
		stays = p.many || is_link_local(b);
		f.family = FAMILY_6;
		__builtin_memcpy(f.ipv6_src, a, 16);
		__builtin_memcpy(f.ipv6_dst, b, 16);
		__builtin_memcpy(to.address, b, 16);
		if (is_link_local(a) && is_gateways(&guest, FAMILY_6, a))
			return drop(DROP_STATION_SPOOF);
	} else if (skb->protocol == bpf_htons(ETH_P_ARP)) {
		return admit_arp(skb, &guest);
	} else if (skb->protocol == bpf_htons(ETH_P_PAE) || skb->protocol == bpf_htons(ETH_P_PREAUTH)) {
		return PASS; /* 802.1X, of a wired station; hostapd reads it */
	} else {
		return drop(DROP_ETHER_TYPE);
	}
	to.family = f.family;

	const struct send *s = bpf_map_lookup_elem(&sends, &key);
	if (s && !is_at(s, &guest))
		return drop(DROP_STATION_SPOOF);
	if (!s && !stays)
		return drop(DROP_UNKNOWN_SOURCE);
	if (!stays) {
		enum way way = way_of(skb, &f, &to);
		__u32 space = guest.space;
		__u32 *pseudo = way == INTO_THE_TUNNEL ? bpf_map_lookup_elem(&spaces, &space) : NULL;
		if (way == PAST_THE_ROUTER)
			return PASS;
		if (way == INTO_THE_TUNNEL)
			return pseudo ? bpf_redirect(*pseudo, 0) : drop(DROP_FAILED);
	}
	if (is_foreign(guest.mac))
		return drop(DROP_STATION_SPOOF);
	__u32 *gateway = bpf_map_lookup_elem(&gateways, &to);
	return from_here(skb, &guest, &p, gateway ? *gateway : 0);
}

/* A guest's frame is for its gateway or for many; what is for another MAC is for another guest. hostapd takes 802.1X for itself. */
static __always_inline int count_across(struct __sk_buff *skb)
{
	const __u8 gateway[6] = MAG_MAC;
	struct ethhdr eth;
	if (!bpf_skb_load_bytes(skb, 0, &eth, sizeof eth) && !(eth.h_dest[0] & 1) && !same_mac(eth.h_dest, gateway) && skb->protocol != bpf_htons(ETH_P_PAE))
		note(DROP_STATION_TO_STATION);
	return PASS;
}
