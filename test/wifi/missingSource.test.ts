import { describe, expect, test } from 'vitest';
import { missingSource } from '../../agent/wifi/missingSource.ts';

const CONTROL = '/var/run/hostapd/wlan0';
const BUS = '/var/run/ubus/ubus.sock';
const judge = (hostapd: string[], ubus: string[], ...there: string[]) => missingSource({ device: 'br-access', hostapd, ubus }, [BUS], (path) => there.includes(path));

describe('nothing is missing', () => {
  test.each([
    ['a control socket that is there', () => judge([CONTROL], [], CONTROL)],
    ['one of two', () => judge([CONTROL, '/var/run/hostapd/wlan1'], [], CONTROL)],
    ['ubus', () => judge([], ['phy0-ap0'], BUS)],
    ['no hostapd at all', () => judge([], [])],
  ])('with %s', (_, ask) => expect(ask()).toBeUndefined());
});

describe('what is missing is said with what to do', () => {
  test('no control socket and no ubus', () => {
    expect(judge([CONTROL], [])).toBe(
      `br-access needs hostapd, and no control socket is there (${CONTROL}): start hostapd with ctrl_interface=/var/run/hostapd in its configuration, and name the socket under hostapd: of br-access; on OpenWrt name its BSSs instead: ubus: [phy0-ap0]. It is waited for; until then nobody attaches there`,
    );
  });
  test('no control socket, but ubus', () => expect(judge([CONTROL], [], BUS)).toMatch(`as ubus is there (${BUS}), name its BSSs instead: ubus: [phy0-ap0]`));
  test('no ubus', () => expect(judge([], ['phy0-ap0'], CONTROL)).toMatch(`br-access needs ubus, and there is none (${BUS}). On OpenWrt start ubusd, or give its path as ubus-socket; elsewhere start hostapd with ctrl_interface=`));
});
