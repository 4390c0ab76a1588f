# Stands in for OpenWrt's /lib/functions.sh: what default_postinst and default_prerm do with services and uci-defaults, and in which
# order, for opkg's lists and apk's.
# shellcheck shell=dash disable=SC1090

add_group_and_user() {
	:
}

list_of() {
	for list in "/lib/apk/packages/$1.list" "/usr/lib/opkg/info/$1.list"; do
		[ -f "$list" ] && cat "$list"
	done
}

# $1: the script's path, from which opkg's packages have their name; apk's set pkgname.
named() {
	[ -n "$pkgname" ] && echo "$pkgname" && return
	script="${1##*/}"
	echo "${script%.*}"
}

own_part() {
	[ -f "/usr/lib/opkg/info/$1.$2-pkg" ] || return 0
	(. "/usr/lib/opkg/info/$1.$2-pkg")
}

default_postinst() {
	name="$(named "$1")"
	for defaults in $(list_of "$name" | grep '^/etc/uci-defaults/'); do
		(. "$defaults") && rm -f "$defaults"
	done
	own_part "$name" postinst
	result=$?
	for service in $(list_of "$name" | grep '^/etc/init.d/'); do
		[ "$PKG_UPGRADE" = 1 ] || "$service" enable
		"$service" start
	done
	return "$result"
}

default_prerm() {
	name="$(named "$1")"
	own_part "$name" prerm
	result=$?
	for service in $(list_of "$name" | grep '^/etc/init.d/'); do
		[ "$PKG_UPGRADE" = 1 ] || "$service" disable
		"$service" stop
	done
	return "$result"
}
