/** The access link of bridges and wires (access.ts): a roam moves the phone's port, and 802.1X runs as it would after an association. */
import { associate, logoff, logon, reassociate, startHostapd, startSupplicant, startSwitchboard } from './access.ts';
import type { Switchboard } from './access.ts';
import type { AccessLink, AccessOptions, OpenAccessLink } from './accessLink.ts';
import { builtInServer } from './authentication.ts';
import type { OpenAuthentication } from './authentication.ts';

/** @param open who decides which phones get in */
export const wiredAccessWith = (open: OpenAuthentication): OpenAccessLink => (options) => wired(options, open);

export const wiredAccess: OpenAccessLink = wiredAccessWith(builtInServer);

function wired(options: AccessOptions, open: OpenAuthentication): AccessLink {
  const { folder, plan, adopt } = options;
  const authentication = open(options);
  const loggedOff = new Set<number>();
  let board: Switchboard | undefined;
  const switchboard = (): Switchboard => {
    if (!board) {
      const started = startSwitchboard(folder, plan);
      adopt(started.process);
      board = started.switchboard;
    }
    return board;
  };
  return {
    air: 'bridges',
    wire: () => Promise.resolve(),
    prepare: () => Promise.resolve(authentication.prepare()),
    startHostapd: (home) => startHostapd(folder, home, authentication),
    startSupplicant: (phone) => startSupplicant(folder, phone, authentication),
    async roam(phone, home, mode) {
      await switchboard().plug(phone, home);
      if (loggedOff.delete(phone.number)) logon(folder, phone);
      if (mode === 'eap') await associate(folder, home, phone.mac);
      else reassociate(folder, phone);
    },
    leave: (phone) => switchboard().unplug(phone),
    detach(phone) {
      loggedOff.add(phone.number);
      logoff(folder, phone);
    },
  };
}
