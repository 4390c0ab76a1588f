# Stands in for OpenWrt's /lib/functions.sh and uci.sh: the functions that the package's scripts call, on the double of uci.
# shellcheck shell=dash

# A function, because busybox takes its own applet before a program of the same name.
logger() {
	shift 4
	echo "$*" >>/tmp/log
}

config_load() {
	CONFIG_PACKAGE="$1"
}

# config_get VARIABLE SECTION OPTION [DEFAULT]
config_get() {
	local _found
	_found="$(uci -q get "$CONFIG_PACKAGE.$2.$3")"
	eval "$1=\"\${_found:-\$4}\""
}

config_get_bool() {
	local _flag
	config_get _flag "$2" "$3" "$4"
	case "$_flag" in
	1 | on | true | yes | enabled) eval "$1=1" ;;
	0 | off | false | no | disabled) eval "$1=0" ;;
	*) eval "$1=\"\$4\"" ;;
	esac
}

# config_foreach FUNCTION TYPE
config_foreach() {
	local section
	for section in $(uci -q show "$CONFIG_PACKAGE" | sed -n "s/^[^.]*\.\([^.=]*\)=$2\$/\1/p"); do
		"$1" "$section"
	done
}
