#!/bin/sh
# IPsec ESP, transport mode, for the signalling between a home and the anchor (RFC 5213 section 4): Mobility Headers over IPv6 and
# UDP port 5436 over IPv4. What is not protected is neither sent nor heard. Subscribers' packets go as they are.
#
#   ROLE=home LOCAL=2001:db8:1::2 REMOTE=2001:db8:250::2 SPI_OUT=0x1001 SPI_IN=0x2001 KEYS=/etc/roamstead/esp-home1 sh esp-signalling.sh
#   ROLE=lma  LOCAL=2001:db8:250::2 REMOTE=2001:db8:1::2 SPI_OUT=0x2001 SPI_IN=0x1001 KEYS=/etc/roamstead/esp-home1 sh esp-signalling.sh
#
# KEYS: a file with four hexadecimal keys, a line each: towards the anchor AES-256 and HMAC-SHA-256, towards the home the same.
#   (for i in 1 2 3 4; do printf 0x; head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; echo; done) > KEYS
# Fixed keys are for a laboratory and for machines that are set up by hand; IKEv2 (strongSwan) makes the same associations and renews them.
set -eu
: "${ROLE:?home or lma}" "${LOCAL:?}" "${REMOTE:?}" "${SPI_OUT:?}" "${SPI_IN:?}" "${KEYS:?}"

key() { sed -n "$1p" "$KEYS"; }
association() { # from to spi encryption-key authentication-key
  ip xfrm state add src "$1" dst "$2" proto esp spi "$3" reqid 5213 mode transport replay-window 32 \
    enc 'cbc(aes)' "$4" auth-trunc 'hmac(sha256)' "$5" 128
}
protect() { # direction from to selector...
  direction=$1 from=$2 to=$3
  shift 3
  ip xfrm policy add src "$from" dst "$to" "$@" dir "$direction" tmpl src "$from" dst "$to" proto esp reqid 5213 mode transport
}

case $ROLE in
  home) out=1 in=3 port_out=dport port_in=sport ;;
  lma) out=3 in=1 port_out=sport port_in=dport ;;
  *) echo "ROLE is $ROLE; it must be home or lma" >&2; exit 2 ;;
esac
association "$LOCAL" "$REMOTE" "$SPI_OUT" "$(key $out)" "$(key $((out + 1)))"
association "$REMOTE" "$LOCAL" "$SPI_IN" "$(key $in)" "$(key $((in + 1)))"
case $LOCAL in
  *:*)
    protect out "$LOCAL" "$REMOTE" proto 135
    protect in "$REMOTE" "$LOCAL" proto 135
    ;;
  *)
    protect out "$LOCAL" "$REMOTE" proto udp $port_out 5436
    protect in "$REMOTE" "$LOCAL" proto udp $port_in 5436
    ;;
esac
