/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* At the ingress of a MAG's access interfaces: who was heard, and who may speak. */
#pragma once
#include "encap.h"

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

/*
 * What is for this machine but not for the gateway's own address would reach the router's other addresses, past the tunnel: it
 * goes into the tunnel as well.
 */
static __always_inline int past_the_tunnel(struct __sk_buff *skb, struct bpf_fib_lookup *f, struct gateway_key *gateway)
{
	f->ifindex = gateway->ifindex = skb->ifindex;
	gateway->family = f->family;
	__u32 slot = slot_of(gateway->address) & (PASSAGES - 1);
	__u64 now = bpf_ktime_get_coarse_ns();
	struct passage *known = bpf_map_lookup_elem(&passages, &slot);
	if (!known)
		return 1;
	if (now < known->until && known->ifindex == gateway->ifindex && known->family == gateway->family && !differ(known->address, gateway->address, 4))
		return 0;
	if (bpf_fib_lookup(skb, f, sizeof *f, 0) == BPF_FIB_LKUP_RET_NOT_FWDED)
		return !bpf_map_lookup_elem(&gateways, gateway);
	known->ifindex = gateway->ifindex;
	known->family = gateway->family;
	__builtin_memcpy(known->address, gateway->address, 16);
	known->until = now + BELIEVED_NS;
	return 0;
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

	struct address_key key = { .space = device->space };
	struct bpf_fib_lookup f = {};
	struct gateway_key gateway = {};
	int many, link_local;
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr ip;
		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof ip))
			return PASS;
		if (!ip.saddr || (ip.saddr & bpf_htonl(0xffff0000)) == bpf_htonl(0xa9fe0000))
			return PASS; /* DHCP, and link-local: the stack forwards neither, or the pseudo-device drops it */
		key.family = 4;
		__builtin_memcpy(key.address, &ip.saddr, 4);
		many = bpf_ntohl(ip.daddr) >= 0xe0000000;
		link_local = (ip.daddr & bpf_htonl(0xffff0000)) == bpf_htonl(0xa9fe0000);
		f.family = FAMILY_4;
		f.ipv4_src = ip.saddr;
		f.ipv4_dst = ip.daddr;
		__builtin_memcpy(gateway.address, &ip.daddr, 4);
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr ip;
		if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof ip))
			return PASS;
		__u8 *from = ip.saddr.in6_u.u6_addr8, *to = ip.daddr.in6_u.u6_addr8;
		if ((from[0] == 0xfe && (from[1] & 0xc0) == 0x80) || !(ip.saddr.in6_u.u6_addr32[0] | ip.saddr.in6_u.u6_addr32[1] | ip.saddr.in6_u.u6_addr32[2] | ip.saddr.in6_u.u6_addr32[3]))
			return PASS; /* neighbour discovery */
		key.family = 6;
		__builtin_memcpy(key.address, from, 8);
		many = to[0] == 0xff;
		link_local = to[0] == 0xfe && (to[1] & 0xc0) == 0x80;
		f.family = FAMILY_6;
		__builtin_memcpy(f.ipv6_src, from, 16);
		__builtin_memcpy(f.ipv6_dst, to, 16);
		__builtin_memcpy(gateway.address, to, 16);
	} else {
		return PASS; /* ARP, EAPOL and the like */
	}

	const struct send *s = bpf_map_lookup_elem(&sends, &key);
	if (!s)
		return many || link_local ? PASS : drop(DROP_UNKNOWN_SOURCE);
	__u16 a[3], b[3];
	__builtin_memcpy(a, s->mac, 6);
	__builtin_memcpy(b, eth.h_source, 6);
	if (s->place != ifindex || a[0] != b[0] || a[1] != b[1] || a[2] != b[2])
		return drop(DROP_STATION_SPOOF);
	if (many || link_local || !past_the_tunnel(skb, &f, &gateway))
		return PASS;
	__u32 space = device->space;
	__u32 *pseudo = bpf_map_lookup_elem(&spaces, &space);
	return pseudo ? bpf_redirect(*pseudo, 0) : drop(DROP_FAILED);
}
