#!/bin/sh
# Of a package that is removed, not upgraded: ends the agent, so that the LMAs hear of it, and takes away what was made for guests.

[ -n "$IPKG_INSTROOT" ] && exit 0
[ "$PKG_UPGRADE" = 1 ] && exit 0
/etc/init.d/roamstead stop
/usr/lib/roamstead/guest-network.sh undo

exit 0
