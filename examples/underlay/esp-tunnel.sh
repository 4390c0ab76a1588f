#!/bin/sh
# IPsec ESP, tunnel mode, for everything between a home and the anchor: signalling and the subscribers' packets. The device ipsec0 stands
# for it: the agent's `uplink`, the anchor's `transport`. Both ends have an address on it, and nothing leaves between those unprotected.
#
#   LOCAL=198.18.1.2 REMOTE=198.18.250.2 DEVICE=wan0 INNER_LOCAL=fd00:5213::1:1 INNER_REMOTE=fd00:5213::1 \
#   SPI_OUT=0x1001 SPI_IN=0x2001 ROLE=home KEYS=/etc/roamstead/esp-home1 sh esp-tunnel.sh
#
# At the anchor once for each home. KEYS as in esp-signalling.sh; the same word on fixed keys.
set -eu
: "${ROLE:?home or lma}" "${LOCAL:?}" "${REMOTE:?}" "${DEVICE:?}" "${INNER_LOCAL:?}" "${INNER_REMOTE:?}" "${SPI_OUT:?}" "${SPI_IN:?}" "${KEYS:?}"

INTERFACE_ID=5213
# ESP with AES-CBC and 128 bits of HMAC-SHA-256 around IPv6 in IPv6 takes up to 104 octets of 1500.
MTU=1396

key() { sed -n "$1p" "$KEYS"; }
association() { # from to spi encryption-key authentication-key
  ip xfrm state add src "$1" dst "$2" proto esp spi "$3" reqid 5213 mode tunnel if_id $INTERFACE_ID replay-window 32 \
    enc 'cbc(aes)' "$4" auth-trunc 'hmac(sha256)' "$5" 128
}
protect() { # direction inner-from inner-to from to
  ip xfrm policy add src "$2/128" dst "$3/128" dir "$1" if_id $INTERFACE_ID tmpl src "$4" dst "$5" proto esp reqid 5213 mode tunnel
}

case $ROLE in
  home) out=1 in=3 ;;
  lma) out=3 in=1 ;;
  *) echo "ROLE is $ROLE; it must be home or lma" >&2; exit 2 ;;
esac
association "$LOCAL" "$REMOTE" "$SPI_OUT" "$(key $out)" "$(key $((out + 1)))"
association "$REMOTE" "$LOCAL" "$SPI_IN" "$(key $in)" "$(key $((in + 1)))"
protect out "$INNER_LOCAL" "$INNER_REMOTE" "$LOCAL" "$REMOTE"
protect in "$INNER_REMOTE" "$INNER_LOCAL" "$REMOTE" "$LOCAL"

ip link show ipsec0 >/dev/null 2>&1 || ip link add ipsec0 type xfrm dev "$DEVICE" if_id $INTERFACE_ID
ip link set ipsec0 mtu $MTU up
ip address replace "$INNER_LOCAL/128" dev ipsec0
ip route replace "$INNER_REMOTE/128" dev ipsec0
