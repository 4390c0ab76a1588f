/** An access interface is one agent's alone, and no other DHCP server answers there: two would give a phone two addresses. */
import { noInterface } from './accessInterface.ts';
import { native, NativeError } from '../linux/native.ts';
import { udpListeners } from '../linux/netlink/listeners.ts';
import { udpSocket } from '../linux/sockets/udpSocket.ts';
import { unixDatagram } from '../linux/sockets/unixDatagram.ts';
import type { Log } from '../runtime/log.ts';

const DHCP_SERVER_PORT = 67;
const ANY = 0;
const NOBODY = { onMessage: () => undefined, onError: () => undefined };

/** Holds the interface until released, or until the process ends in whatever way. @throws Error in words when somebody else has it */
export function claimAccessInterface(device: string, log: Log): { release(): void } {
  const claim = held(device);
  try {
    unless('ENODEV', () => refuseOtherServers(device, log), () => {
      throw noInterface(device);
    });
  } catch (e) {
    claim.close();
    throw e;
  }
  return { release: () => claim.close() };
}

/** A name in the abstract name space: one in each network namespace, and gone with its process. */
function held(device: string): { close(): void } {
  return unless('EADDRINUSE', () => unixDatagram({ path: `@roamstead-access-${device}`, ...NOBODY }), () => {
    throw new Error(`another agent runs on ${device}: stop it first, or give this one another access interface`);
  });
}

function refuseOtherServers(device: string, log: Log): void {
  switch (whoListens(device)) {
    case 'nobody':
      return;
    case 'there':
      throw new Error(`another DHCP server listens on ${device} (UDP ${DHCP_SERVER_PORT}): stop it, or keep it off this interface (dnsmasq: except-interface=${device})`);
    case 'everywhere':
      return log('warn', `another DHCP server listens on every interface (UDP ${DHCP_SERVER_PORT}); see that it does not answer on ${device} (dnsmasq: no-dhcp-interface=${device}; on OpenWrt option ignore, which --uci looks up)`);
    case 'unknown':
      return log('warn', `whether another DHCP server listens on ${device} cannot be told: for that the kernel wants the module udp_diag, or the agent CAP_NET_BIND_SERVICE`);
  }
}

/** A server that is bound to another interface is in nobody's way. */
function whoListens(device: string): 'nobody' | 'there' | 'everywhere' | 'unknown' {
  return unless('EACCES', () => (free(device) ? 'nobody' : free('lo') ? 'there' : 'everywhere'), () => {
    const devices = udpListeners(DHCP_SERVER_PORT);
    if (!devices) return 'unknown';
    if (devices.includes(native().ifNameToIndex(device))) return 'there';
    return devices.includes(ANY) ? 'everywhere' : 'nobody';
  });
}

/** The port is asked for and let go at once, so that nobody's own server is kept from starting. */
const free = (device: string): boolean =>
  unless('EADDRINUSE', () => {
    udpSocket({ port: DHCP_SERVER_PORT, interface: device, ...NOBODY }).close();
    return true;
  }, () => false);

function unless<T>(errno: string, work: () => T, otherwise: () => T): T {
  try {
    return work();
  } catch (e) {
    if (e instanceof NativeError && e.errno === errno) return otherwise();
    throw e;
  }
}
