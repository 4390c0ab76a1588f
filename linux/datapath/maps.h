/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The maps. Sizes of the growing ones are set when they are created: see MAPS in layout.ts. */
#pragma once
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "pmip.layout.h"

#define MAP(name, kind, k, v) \
	struct { __uint(type, BPF_MAP_TYPE_##kind); __uint(max_entries, 1024); __type(key, k); __type(value, v); } name SEC(".maps")

MAP(sends, HASH, struct address_key, struct send);
MAP(receives, HASH, __be32, struct receive);
MAP(counters, PERCPU_ARRAY, __u32, struct counter);
MAP(drops, PERCPU_ARRAY, __u32, __u64);
MAP(devices, HASH, __u32, struct device);
MAP(spaces, ARRAY, __u32, __u32); /* the pseudo-device of each address space */
MAP(gateways, HASH, struct gateway_key, __u32);
MAP(routes, PERCPU_ARRAY, __u32, struct route);
MAP(passages, PERCPU_ARRAY, __u32, struct passage);
MAP(stations, LRU_HASH, struct station_key, __u64);

/* To the stack, past any other classifier that is attached there too. */
#define PASS TC_ACT_UNSPEC

static __always_inline void note(__u32 reason)
{
	__u64 *n = bpf_map_lookup_elem(&drops, &reason);
	if (n)
		++*n;
}

static __always_inline int drop(__u32 reason)
{
	note(reason);
	return TC_ACT_SHOT;
}

static __always_inline int differ(const void *a, const void *b, int words)
{
	const __u32 *x = a, *y = b;
	__u32 bits = 0;
#pragma unroll
	for (int i = 0; i < words; i++)
		bits |= x[i] ^ y[i];
	return bits != 0;
}

/* A slot for an address: its octets folded. */
static __always_inline __u32 slot_of(const void *address)
{
	const __u32 *a = address;
	__u32 h = a[0] ^ a[1] ^ a[2] ^ a[3];
	return h ^ h >> 10 ^ h >> 20;
}

static __always_inline void count(__u32 index, int up, __u32 octets, __u32 packets, __u64 since)
{
	struct counter *c = bpf_map_lookup_elem(&counters, &index);
	if (!c)
		return;
	if (up) {
		c->upOctets += octets;
		c->upPackets += packets;
		c->lastUp = bpf_ktime_get_coarse_ns();
		return;
	}
	c->downOctets += octets;
	c->downPackets += packets;
	c->lastDown = bpf_ktime_get_coarse_ns();
	if (c->downSince != since) {
		c->downSince = since;
		c->firstDown = bpf_ktime_get_ns();
	}
}
