import { describe, expect, test } from 'vitest';
import { parseEvent, parseStation, parseStatus } from 'hostapd-ctrl';

const MAC = '02:00:00:00:02:00';

describe('events', () => {
  test.each([
    [`<3>AP-STA-CONNECTED ${MAC}`, { kind: 'stationConnected', mac: MAC }],
    [`<3>AP-STA-CONNECTED ${MAC} keyid=guest`, { kind: 'stationConnected', mac: MAC }],
    [`<3>AP-STA-DISCONNECTED ${MAC}\n`, { kind: 'stationDisconnected', mac: MAC }],
    [`<3>CTRL-EVENT-EAP-SUCCESS ${MAC}`, { kind: 'eapSuccess', mac: MAC }],
    [`<3>CTRL-EVENT-EAP-SUCCESS2 ${MAC}`, { kind: 'eapSuccess', mac: MAC }],
    [`<3>CTRL-EVENT-EAP-FAILURE ${MAC}`, { kind: 'eapFailure', mac: MAC }],
    [`<3>CTRL-EVENT-EAP-FAILURE2 ${MAC}`, { kind: 'eapFailure', mac: MAC }],
    ['<3>AP-ENABLED ', { kind: 'enabled' }],
    ['<3>AP-DISABLED ', { kind: 'disabled' }],
    ['<3>INTERFACE-DISABLED', { kind: 'disabled' }],
    ['<3>CTRL-EVENT-TERMINATING ', { kind: 'terminating' }],
    [`<3>EAPOL-4WAY-HS-COMPLETED ${MAC}`, { kind: 'unknown', text: `EAPOL-4WAY-HS-COMPLETED ${MAC}` }],
    ['<3>CTRL-EVENT-EAP-PROPOSED-METHOD vendor=0 method=1', { kind: 'unknown', text: 'CTRL-EVENT-EAP-PROPOSED-METHOD vendor=0 method=1' }],
    ['<3>AP-STA-CONNECTED not-a-mac', { kind: 'unknown', text: 'AP-STA-CONNECTED not-a-mac' }],
    ['<3>constructor', { kind: 'unknown', text: 'constructor' }],
    ['<3>', { kind: 'unknown', text: '' }],
  ])('%j', (text, event) => expect(parseEvent(text)).toEqual(event));

  test.each(['OK\n', 'PONG\n', '', 'FAIL\n', `${MAC}\nflags=<3>\n`, '<x>AP-ENABLED'])('%j is a reply', (text) => expect(parseEvent(text)).toBeUndefined());
});

describe('a station', () => {
  // hostapd 2.10, WPA2-Enterprise, shortened
  const reply = `${MAC}\nflags=[AUTH][ASSOC][AUTHORIZED][SHORT_PREAMBLE][WMM][HT]\naid=1\ncapability=0x431\nAKMSuiteSelector=00-0f-ac-1\ndot1xAuthPaeState=5\ndot1xAuthSessionUserName=alice@home.example\nlast_eap_type_as=25 (PEAP)\nrx_packets=12\nsignal=-30\nconnected_time=3\n`;
  test('with its identity', () => {
    expect(parseStation(reply)).toMatchObject({ mac: MAC, authorized: true, identity: 'alice@home.example', fields: { signal: '-30', last_eap_type_as: '25 (PEAP)' } });
  });
  test('without EAP it has none', () => expect(parseStation(`${MAC}\nflags=[AUTH][ASSOC][AUTHORIZED]\n`)).toEqual({ mac: MAC, authorized: true, fields: { flags: '[AUTH][ASSOC][AUTHORIZED]' } }));
  test('still authenticating', () => expect(parseStation(`${MAC}\nflags=[AUTH][ASSOC]\n`)?.authorized).toBe(false));
  test('a line break in an identity forges nothing', () => {
    const forged = parseStation(`${MAC}\nflags=[AUTH]\ndot1xAuthSessionUserName=eve\nflags=[AUTHORIZED]\ndot1xAuthSessionUserName=alice\n`);
    expect(forged).toMatchObject({ authorized: false, identity: 'eve' });
  });
  test.each(['', 'FAIL\n', 'UNKNOWN COMMAND\n', '02:00:00:00:02\nflags=[AUTHORIZED]'])('%j is none', (text) => expect(parseStation(text)).toBeUndefined());
});

describe('the status', () => {
  test('of an access point', () => {
    expect(parseStatus('state=ENABLED\nphy=phy0\nfreq=2437\nchannel=6\nbss[0]=wlan0\nbssid[0]=02:00:00:00:00:00\nssid[0]=community\nnum_sta[0]=1\n')).toMatchObject({
      state: 'ENABLED', bss: 'wlan0', bssid: '02:00:00:00:00:00', ssid: 'community', channel: 6,
    });
  });
  test('of driver=wired, which has no channel', () => {
    expect(parseStatus('state=ENABLED\nchannel=0\nbss[0]=vap\nssid[0]=\n')).toEqual({ state: 'ENABLED', bss: 'vap', fields: { state: 'ENABLED', channel: '0', 'bss[0]': 'vap', 'ssid[0]': '' } });
  });
  test('is none without a state', () => expect(parseStatus('FAIL\n')).toBeUndefined());
});
