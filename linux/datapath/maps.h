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
MAP(flows, ARRAY, __u32, struct flow); /* two for each path */
MAP(holds, HASH, __u32, struct hold); /* two for each path whose packets are held */
MAP(limits, ARRAY, __u32, struct limit); /* of all guests of a home together: both directions, and solicitations */
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

/* In 1, 2 or 4 words. No loop: clang keeps it, and an offset in a register is for who has CAP_PERFMON, which an agent has not. */
static __always_inline int differ(const void *a, const void *b, int words)
{
	const __u32 *x = a, *y = b;
	__u32 bits = x[0] ^ y[0];
	if (words > 1)
		bits |= x[1] ^ y[1];
	if (words > 2)
		bits |= (x[2] ^ y[2]) | (x[3] ^ y[3]);
	return bits != 0;
}

/* A slot for an address: its octets folded. */
static __always_inline __u32 slot_of(const void *address)
{
	const __u32 *a = address;
	__u32 h = a[0] ^ a[1] ^ a[2] ^ a[3];
	return h ^ h >> 10 ^ h >> 20;
}

static __always_inline struct flow *flow_of(__u32 index, __u32 direction)
{
	__u32 at = index * 2 + direction;
	return bpf_map_lookup_elem(&flows, &at);
}

/* Without a lock, on kernels that can do no more than add: two processors that find the counter at rest let one packet pass unpaid. */
static __always_inline void charge(__u64 *tat, __u64 now, __u64 cost)
{
	if (*tat < now)
		*tat = now + cost;
	else
		__sync_fetch_and_add(tat, cost);
}

/* What a packet meets on its way through: its flow, and what is left of the rates. */
struct passing {
	struct flow *flow;
	struct limit *limit; /* at a MAG that has one */
	__u64 now;           /* 0: nothing is limited */
	__u32 cost;          /* of an octet, for the subscriber */
};

/* 0 if it may pass, which costs nothing yet; or why it may not. A packet passes if any of the burst is left, however long it is: an aggregate must. */
static __always_inline __u32 excess(struct passing *w, __u32 index, __u32 direction, int guest, __u32 cost, __u32 burst, __u32 packets)
{
	__u32 why = 0;
	w->cost = cost;
	w->now = 0;
	w->limit = guest ? bpf_map_lookup_elem(&limits, &direction) : NULL;
	if (w->limit && !w->limit->cost)
		w->limit = NULL;
	w->flow = flow_of(index, direction);
	if (!w->flow)
		return DROP_FAILED;
	if (!cost && !w->limit)
		return 0;
	w->now = bpf_ktime_get_ns();
	if (cost && w->flow->tat > w->now + ((__u64)burst << BURST_SHIFT))
		why = DROP_POLICED;
	else if (w->limit && w->limit->tat > w->now + ((__u64)w->limit->burst << BURST_SHIFT))
		why = DROP_HOST_FIRST;
	if (why)
		__sync_fetch_and_add(&w->flow->policed, packets);
	return why;
}

/* It has passed. */
static __always_inline void count(const struct passing *w, __u32 octets, __u32 packets)
{
	struct flow *f = w->flow;
	__sync_fetch_and_add(&f->octets, octets);
	__sync_fetch_and_add(&f->packets, packets);
	f->last = bpf_ktime_get_coarse_ns();
	if (w->cost)
		charge(&f->tat, w->now, (__u64)octets * w->cost >> COST_SHIFT);
	if (w->limit)
		charge(&w->limit->tat, w->now, (__u64)octets * w->limit->cost >> COST_SHIFT);
}

/* The first since the path was set or moved. */
static __always_inline void date(struct flow *f, __u32 move)
{
	if (f->move == move)
		return;
	f->move = move;
	f->first = bpf_ktime_get_ns();
}
