#!/bin/sh
# guest-network.sh make | undo | status: a bridge without ports of its own, an SSID on each radio whose stations do not see each
# other, a firewall zone that leads to the tunnel alone, and no DHCP server but the agent. Only sections that did not exist are
# made, and all are written down before: undo takes away these and nothing else, and leaves those that somebody changed since.

CONFIG="${UCI_CONFIG_DIR:-/etc/config}"
STATE="${ROAMSTEAD_STATE:-/etc/roamstead}"
RECORD="$STATE/guest-network"
# Its owner took it away: neither an upgrade nor a new image makes it again by itself.
UNDONE="$STATE/guest-network-undone"
# In this order, and back: whenever the power fails, no SSID is there without the walls around it.
PACKAGES="firewall dhcp network roamstead wireless"
BACKWARDS="wireless roamstead network dhcp firewall"
BRIDGE=br-roam
# Of every gateway (RFC 6543): without it, netifd gives a bridge the address of its first port, each time that one comes.
GATEWAY_MAC=00:00:5e:00:52:13

uci() {
	command uci ${UCI_CONFIG_DIR:+-c "$UCI_CONFIG_DIR"} -q "$@"
}

fail() {
	echo "roamstead: $1" >&2
	exit 1
}

digest() {
	md5sum <"$1" | cut -d ' ' -f 1
}

# What others began to change must not be committed with ours.
nothing_pending() {
	pending="$(uci changes)"
	for package in $PACKAGES; do
		echo "$pending" | grep -q "^-*$package\." && fail "there are changes to $package that are not committed: uci commit $package or uci revert $package first"
	done
}

radios() {
	chosen="$(uci get roamstead.guest.radio)"
	[ -n "$chosen" ] && echo "$chosen" && return
	uci show wireless | sed -n 's/^wireless\.\([^.=]*\)=wifi-device$/\1/p'
}

# What hostapd would refuse takes the home's own SSIDs of that radio down, and a key without encryption protects nobody.
check_wishes() {
	[ -n "$ssid" ] || fail "which SSID? uci set roamstead.guest.ssid=NAME; uci commit roamstead"
	case "$ssid$key" in *\'* | *[[:cntrl:]]*) fail "an SSID or key with ' or a control character in it is not for this command: make the network by hand" ;; esac
	[ "$(printf %s "$ssid" | wc -c)" -le 32 ] || fail "the SSID has more than 32 octets: $ssid"
	case "$wanted" in
	none | owe) [ -z "$key" ] || fail "there is a key, but encryption is $wanted: uci set roamstead.guest.encryption=sae-mixed, or uci delete roamstead.guest.key" ;;
	psk | psk2 | psk-mixed | sae | sae-mixed)
		case "$(printf %s "$key" | wc -c)" in
		[89] | [1-5][0-9] | 6[0-3]) ;;
		*) fail "encryption $wanted wants a key of 8 to 63 octets: uci set roamstead.guest.key=KEY" ;;
		esac
		;;
	*) fail "encryption is none, owe, psk2, sae or sae-mixed, not $wanted: others make the network by hand" ;;
	esac
	for radio in $(radios); do
		[ "$(uci get "wireless.$radio")" = wifi-device ] || fail "there is no radio $radio in /etc/config/wireless (roamstead.guest.radio)"
	done
}

# Of one radio; 6 GHz knows neither open networks nor WPA2.
encryption_of() {
	if [ "$(uci get "wireless.$1.band")" != 6g ]; then
		echo "$wanted"
	elif [ -z "$key" ]; then
		echo owe
	else
		echo sae
	fi
}

# The sections to make, as commands of uci batch. The tunnels' zone forwards to itself: fragments go from pmip0p to pmip0. GRE ends at
# the router where the kernel's own tunnels are used, and may come first from the other end. Guests' connections are not tracked, or they
# would fill the table that the home's own need; nothing between the two zones looks at them.
sections() {
	cat <<-SECTIONS
		set network.roam_bridge=device
		set network.roam_bridge.type='bridge'
		set network.roam_bridge.name='$BRIDGE'
		set network.roam_bridge.bridge_empty='1'
		set network.roam_bridge.macaddr='$GATEWAY_MAC'
		set network.roam=interface
		set network.roam.proto='none'
		set network.roam.device='$BRIDGE'
		set dhcp.roam=dhcp
		set dhcp.roam.interface='roam'
		set dhcp.roam.ignore='1'
		set dhcp.roam.ra='disabled'
		set dhcp.roam.dhcpv6='disabled'
		set firewall.roam=zone
		set firewall.roam.name='roam'
		set firewall.roam.network='roam'
		set firewall.roam.input='REJECT'
		set firewall.roam.output='ACCEPT'
		set firewall.roam.forward='REJECT'
		set firewall.roam_tunnel=zone
		set firewall.roam_tunnel.name='roamtunnel'
		set firewall.roam_tunnel.device='pmip+'
		set firewall.roam_tunnel.input='REJECT'
		set firewall.roam_tunnel.output='ACCEPT'
		set firewall.roam_tunnel.forward='ACCEPT'
		set firewall.roam_up=forwarding
		set firewall.roam_up.src='roam'
		set firewall.roam_up.dest='roamtunnel'
		set firewall.roam_down=forwarding
		set firewall.roam_down.src='roamtunnel'
		set firewall.roam_down.dest='roam'
		set firewall.roam_dhcp=rule
		set firewall.roam_dhcp.name='Roamstead-DHCP'
		set firewall.roam_dhcp.src='roam'
		set firewall.roam_dhcp.family='ipv4'
		set firewall.roam_dhcp.proto='udp'
		set firewall.roam_dhcp.dest_port='67'
		set firewall.roam_dhcp.target='ACCEPT'
		set firewall.roam_nd=rule
		set firewall.roam_nd.name='Roamstead-ND'
		set firewall.roam_nd.src='roam'
		set firewall.roam_nd.family='ipv6'
		set firewall.roam_nd.proto='icmp'
		add_list firewall.roam_nd.icmp_type='router-solicitation'
		add_list firewall.roam_nd.icmp_type='neighbour-solicitation'
		add_list firewall.roam_nd.icmp_type='neighbour-advertisement'
		set firewall.roam_nd.target='ACCEPT'
		set firewall.roam_mh=rule
		set firewall.roam_mh.name='Roamstead-signalling-IPv6'
		set firewall.roam_mh.src='wan'
		set firewall.roam_mh.family='ipv6'
		set firewall.roam_mh.proto='135'
		set firewall.roam_mh.target='ACCEPT'
		set firewall.roam_udp=rule
		set firewall.roam_udp.name='Roamstead-signalling-IPv4'
		set firewall.roam_udp.src='wan'
		set firewall.roam_udp.family='ipv4'
		set firewall.roam_udp.proto='udp'
		set firewall.roam_udp.dest_port='5436'
		set firewall.roam_udp.target='ACCEPT'
		set firewall.roam_gre=rule
		set firewall.roam_gre.name='Roamstead-tunnels'
		set firewall.roam_gre.src='wan'
		set firewall.roam_gre.proto='gre'
		set firewall.roam_gre.target='ACCEPT'
		set firewall.roam_untracked=rule
		set firewall.roam_untracked.name='Roamstead-guests-untracked'
		set firewall.roam_untracked.src='roam'
		set firewall.roam_untracked.proto='all'
		set firewall.roam_untracked.target='NOTRACK'
		set firewall.roam_tunnel_untracked=rule
		set firewall.roam_tunnel_untracked.name='Roamstead-tunnels-untracked'
		set firewall.roam_tunnel_untracked.src='roamtunnel'
		set firewall.roam_tunnel_untracked.proto='all'
		set firewall.roam_tunnel_untracked.target='NOTRACK'
	SECTIONS
	number=0
	for radio in $(radios); do
		iface="wireless.roam_$radio"
		cat <<-IFACE
			set $iface=wifi-iface
			set $iface.device='$radio'
			set $iface.network='roam'
			set $iface.mode='ap'
			set $iface.ifname='roam$number'
			set $iface.ssid='$ssid'
			set $iface.encryption='$(encryption_of "$radio")'
			set $iface.isolate='1'
			set $iface.bridge_isolate='1'
		IFACE
		[ -n "$key" ] && echo "set $iface.key='$key'"
		number=$((number + 1))
	done
	uci show roamstead | grep -q "\.network='roam'$" && return
	cat <<-INTERFACE
		set roamstead.guests=interface
		set roamstead.guests.network='roam'
	INTERFACE
}

# Nothing is left of what was begun.
refuse() {
	for package in $PACKAGES; do
		uci revert "$package"
	done
	rm -rf "$RECORD.new"
	fail "uci did not take $1: nothing was changed"
}

names_of() {
	sed -n 's/^set \([a-z]*\.[^.=]*\)=.*/\1/p'
}

make() {
	[ -f "$RECORD/complete" ] && echo "the guests' network is there already; to make it anew: undo, then make" && return 0
	nothing_pending
	# The power failed in the middle of it.
	take_back
	ssid="$(uci get roamstead.guest.ssid)"
	wanted="$(uci get roamstead.guest.encryption || echo none)"
	key="$(uci get roamstead.guest.key)"
	check_wishes
	plan="$(sections)"
	there="$(uci show)"
	for section in $(echo "$plan" | names_of); do
		echo "$there" | grep -q "^$section=" && fail "there is a section $section already, which is not of this command: nothing was changed"
	done
	echo "$there" | grep -q "^network\..*\.name='$BRIDGE'$" && fail "there is a device $BRIDGE already, which is not of this command: nothing was changed"

	rm -rf "$RECORD.new"
	umask 077
	mkdir -p "$RECORD.new/before" "$RECORD.new/after" "$RECORD.new/made" || fail "$RECORD cannot be written"
	for package in $PACKAGES; do
		[ -f "$CONFIG/$package" ] && cp -p "$CONFIG/$package" "$RECORD.new/before/$package"
	done
	echo "$plan" | uci batch >/dev/null
	there="$(uci show)"
	for section in $(echo "$plan" | names_of); do
		echo "$there" | grep "^${section}[.=]" >"$RECORD.new/made/$section" || refuse "$section"
	done
	mv "$RECORD.new" "$RECORD"
	# What undoes it is on the flash before there is something to undo.
	sync
	for package in $PACKAGES; do
		uci commit "$package"
		[ -f "$CONFIG/$package" ] && digest "$CONFIG/$package" >"$RECORD/after/$package"
	done
	: >"$RECORD/complete"
	rm -f "$UNDONE"
	case "$plan" in
	*=wifi-iface*) echo "made: network roam, bridge $BRIDGE, SSID $ssid" ;;
	*) echo "made: network roam, bridge $BRIDGE; no SSID, since /etc/config/wireless has no radio (at a first boot they may come later): guest_network undo, then make" ;;
	esac
	apply
}

undo() {
	[ -d "$RECORD" ] || return 0
	nothing_pending
	: >"$UNDONE"
	take_back
	apply
}

take_back() {
	[ -d "$RECORD" ] || return 0
	for package in $BACKWARDS; do
		if [ -f "$RECORD/before/$package" ] && [ "$(digest "$CONFIG/$package")" = "$(cat "$RECORD/after/$package" 2>/dev/null)" ]; then
			# Nobody changed it since: it is what it was, comments and all.
			cp -p "$RECORD/before/$package" "$CONFIG/.$package.roamstead" && sync && mv "$CONFIG/.$package.roamstead" "$CONFIG/$package"
			continue
		fi
		for made in "$RECORD/made/$package".*; do
			[ -f "$made" ] && remove "${made##*/}" "$made"
		done
		uci commit "$package"
	done
	rm -rf "$RECORD"
}

# $1: a section, $2: how it was made.
remove() {
	now="$(uci show "$1")"
	[ -n "$now" ] || return 0
	if [ "$now" = "$(cat "$2")" ]; then
		uci delete "$1"
	else
		echo "left, because it was changed since it was made: $1 (uci delete $1)"
	fi
}

# Network, radios, firewall and dnsmasq read what is new.
apply() {
	command -v reload_config >/dev/null && reload_config
	return 0
}

case "$1" in
make | undo) "$1" ;;
status)
	[ -d "$RECORD" ] || { echo "not made"; exit 1; }
	ls "$RECORD/made"
	;;
*) fail "expected make, undo or status" ;;
esac
