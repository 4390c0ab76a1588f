/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The data path of both ends: GRE with a key per subscriber between the home gateway (MAG) and the anchor (LMA).
 *
 *   encap      egress of the pseudo-device pmip0: into the tunnel
 *   again      ingress of its peer: what encap could not do in one step, one plain packet at a time
 *   release    ingress of the device of held packets: what was held, into the tunnel
 *   decap      ingress of a WAN device with an Ethernet header: out of the tunnel, in on pmip0
 *   decapRaw   the same for devices without one (PPPoE, LTE, WireGuard, TUN, XFRM)
 *   access     ingress of a MAG's access interface: presence, and what guests may send
 *   across     ingress of a port of an access bridge: counts what is for another port, which the bridge refuses
 *
 * Runs on Linux 5.15 and later: no BTF, no kfuncs, no calls between programs.
 */
#include "access.h"
#include "decap.h"

SEC("tc/encap") int encap(struct __sk_buff *skb) { return encapsulate(skb, FIRST); }
SEC("tc/again") int again(struct __sk_buff *skb) { return encapsulate(skb, AGAIN); }
SEC("tc/release") int release(struct __sk_buff *skb) { return encapsulate(skb, RELEASED); }
SEC("tc/decap") int decap(struct __sk_buff *skb) { return decapsulate(skb, ETH_HLEN); }
SEC("tc/decapRaw") int decapRaw(struct __sk_buff *skb) { return decapsulate(skb, leftover_link_header(skb)); }
SEC("tc/access") int access(struct __sk_buff *skb) { return admit(skb); }
SEC("tc/across") int across(struct __sk_buff *skb) { return count_across(skb); }

char LICENSE[] SEC("license") = "Dual MIT/GPL";
