#!/bin/sh
# WireGuard between a home and the anchor, for everything: signalling and the subscribers' packets. The device wg0 stands for it: the agent's
# `uplink`, the anchor's `transport`. Homes behind a NAT need no more than this; the home speaks first and keeps the mapping open.
#
#   home:   PRIVATE=/etc/roamstead/wg.key INNER="fd00:5213::1:1 10.213.1.1" PEER=<public key of the anchor> \
#           PEER_INNER="fd00:5213::1 10.213.0.1" ENDPOINT=198.18.250.2:51820 sh wireguard.sh
#   anchor: PRIVATE=/etc/roamstead/wg.key PORT=51820 INNER="fd00:5213::1 10.213.0.1" PEER=<public key of the home> \
#           PEER_INNER="fd00:5213::1:1 10.213.1.1" sh wireguard.sh        once for each home
#
# Keys: wg genkey > wg.key; wg pubkey < wg.key
set -eu
: "${PRIVATE:?}" "${INNER:?}" "${PEER:?}" "${PEER_INNER:?}"

ip link show wg0 >/dev/null 2>&1 || ip link add wg0 type wireguard
wg set wg0 private-key "$PRIVATE" ${PORT:+listen-port "$PORT"}
allowed=$(for a in $PEER_INNER; do case $a in *:*) echo "$a/128" ;; *) echo "$a/32" ;; esac; done | paste -sd,)
wg set wg0 peer "$PEER" allowed-ips "$allowed" ${ENDPOINT:+endpoint "$ENDPOINT" persistent-keepalive 25}
# 1500 less IPv6, UDP and WireGuard's own 32.
ip link set wg0 mtu 1420 up
for a in $INNER; do ip address replace "$a" dev wg0; done
for a in $PEER_INNER; do ip route replace "$a" dev wg0; done
