/**
 * A shell command that ends once the kernel has noticed that these links have a carrier, and lets them forward if they are a bridge's
 * ports. It may take a second for that, and until then drops what they are to send. Fails after ten, and names the link.
 */
export const carrierNoticed = (links: readonly string[]): string =>
  `for l in ${links.join(' ')}; do n=0; d=/sys/class/net/$l; ` +
  'until [ "$(cat $d/operstate)" = up ] && { [ ! -e $d/brport ] || [ "$(cat $d/brport/state)" = 3 ]; }; do ' +
  'n=$((n + 1)); [ $n -lt 1000 ] || { echo "$l has no carrier after ten seconds" >&2; exit 1; }; sleep 0.01; done; done';
