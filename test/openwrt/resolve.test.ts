import { describe, expect, it } from 'vitest';
import { bssesNamed, bssesOfNetwork, deviceOf, NOTHING_LIVE, uplinkOf, type Live, type Router } from '../../agent/openwrt/resolve.ts';
import { parseUci } from '../../agent/openwrt/uci.ts';

const network = (name: string, options: Readonly<Record<string, string>>): Router => ({ network: parseUci(`config interface '${name}'\n${Object.entries(options).map(([key, value]) => `option ${key} '${value}'\n`).join('')}`) });
const wireless = (text: string): Router => ({ wireless: parseUci(text) });
const live: Live = { devices: new Map([['wan', 'wwan0']]), bsses: [{ section: 'g0', ifname: 'phy0-ap1', networks: ['roam'] }, { section: 'cfg123', ifname: 'phy1-ap1', networks: ['roam'] }, { section: 'home', ifname: 'phy0-ap0', networks: ['lan'] }] };

describe('the device of a network', () => {
  it.each([
    ['dhcp', { proto: 'dhcp', device: 'eth1' }, { is: 'eth1' }],
    ['a static bridge', { proto: 'static', device: 'br-wan' }, { is: 'br-wan' }],
    ['without a protocol', { device: 'br-roam' }, { is: 'br-roam' }],
    ['PPPoE', { proto: 'pppoe', device: 'eth1' }, { is: 'pppoe-wan' }],
    ['PPPoE with a name of its own', { proto: 'pppoe', device: 'eth1', pppname: 'ppp0' }, { is: 'ppp0' }],
    ['WireGuard', { proto: 'wireguard' }, { is: 'wan' }],
    ['a modem, which netifd knows', { proto: 'qmi', device: '/dev/cdc-wdm0' }, { is: 'wwan0' }],
  ])('%s', (_, options, found) => expect(deviceOf(network('wan', options), live, 'wan')).toEqual(found));

  it('is waited for where netifd has none yet', () => expect(deviceOf(network('wan', { proto: 'qmi' }), NOTHING_LIVE, 'wan')).toEqual({ waits: 'the network wan has no device yet' }));

  it('of an alias is that of the other; a circle of them is told', () => {
    const alias = (to: string): Router => ({ network: parseUci(`config interface 'wan'\noption proto 'pppoe'\nconfig interface 'wan6'\noption proto 'dhcpv6'\noption device '@${to}'\n`) });
    expect(deviceOf(alias('wan'), NOTHING_LIVE, 'wan6')).toEqual({ is: 'pppoe-wan' });
    expect(deviceOf(alias('wan6'), NOTHING_LIVE, 'wan6')).toEqual({ wrong: 'the networks wan6 are aliases of each other' });
  });

  it('that is no network: an uplink is taken for a device, all else is refused', () => {
    expect(uplinkOf({}, NOTHING_LIVE, 'eth1')).toEqual({ is: 'eth1' });
    expect(deviceOf({}, NOTHING_LIVE, 'roam')).toEqual({ wrong: 'there is no network roam in /etc/config/network' });
  });
});

describe('access points', () => {
  const iface = (name: string, more = ''): string => `config wifi-iface${name && ` '${name}'`}\noption device radio0\noption network 'roam other'\noption mode ap\n${more}`;

  it('have the name that is written, or the one that netifd gave them', () => {
    expect(bssesOfNetwork(wireless(iface('g0', 'option ifname roam0\n')), NOTHING_LIVE, 'roam')).toEqual({ is: ['roam0'] });
    expect(bssesOfNetwork(wireless(iface('g0')), live, 'roam')).toEqual({ is: ['phy0-ap1'] });
    expect(bssesOfNetwork(wireless(iface('')), live, 'roam')).toEqual({ is: ['phy0-ap1', 'phy1-ap1'] });
    expect(bssesNamed(wireless(iface('g0')), live, ['g0'])).toEqual({ is: ['phy0-ap1'] });
  });

  it('are waited for until all are there; those switched off are not', () => {
    const two = iface('g0') + iface('g1');
    expect(bssesOfNetwork(wireless(two), live, 'roam')).toEqual({ waits: 'g0, g1 of /etc/config/wireless has no interface yet' });
    expect(bssesOfNetwork(wireless(`${iface('g0')}${iface('g1', 'option disabled 1\n')}`), live, 'roam')).toEqual({ is: ['phy0-ap1'] });
    expect(bssesOfNetwork(wireless(`config wifi-device radio0\noption disabled 1\n${iface('g0')}`), live, 'roam')).toEqual({ waits: 'g0 is switched off in /etc/config/wireless' });
  });

  it('of a network without any are none; stations of others are no access points', () => {
    expect(bssesOfNetwork(wireless(iface('g0')), live, 'lan')).toEqual({ is: [] });
    expect(bssesOfNetwork(wireless(iface('g0', 'option mode sta\n')), live, 'roam')).toEqual({ is: [] });
  });
});
