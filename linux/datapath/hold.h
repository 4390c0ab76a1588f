/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * At an anchor: packets of a subscriber who is between two homes go to a device that the process reads, and come back through it
 * in order. The first that finds nothing left before it goes on by itself.
 */
#pragma once
#include "inner.h"

/* The Ethernet header of a held packet: its source says whose it is. */
struct held_header { __u8 to[6]; __u32 index; __u16 space; } __attribute__((packed));

/* The verdict, or PASS for one that goes on. Its rate is asked and paid for now, not when it is released. */
static __always_inline int hold(struct __sk_buff *skb, const struct send *s, const struct inner *p)
{
	__u32 at = s->index * 2;
	struct hold *held = bpf_map_lookup_elem(&holds, &at);
	at++;
	const struct hold *left = bpf_map_lookup_elem(&holds, &at);
	if (!held || !left)
		return drop(DROP_CLOSED);
	if ((left->open && held->packets == left->packets) || (left->until && bpf_ktime_get_ns() >= left->until))
		return PASS;
	struct passing w;
	__u32 why = excess(&w, s->index, DIRECTION_DOWN, 0, s->cost, s->burst, p->packets);
	if (why)
		return drop(why);
	if (w.cost)
		charge(&w.flow->tat, w.now, (__u64)wire_octets(p) * w.cost >> COST_SHIFT);
	struct held_header h = { .to = PSEUDO_MAC, .index = s->index, .space = p->to.space };
	if (bpf_skb_store_bytes(skb, 0, &h, sizeof h, 0))
		return drop(DROP_FAILED);
	__sync_fetch_and_add(&held->packets, p->packets);
	return bpf_redirect(left->ifindex, 0);
}
