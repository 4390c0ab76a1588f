import { describe, expect, it } from 'vitest';
import { hostapdConfig, supplicantConfig } from '../../lab/wifi/guest/radioAccess.ts';
import { STRONG, WEAK, simulatedRadios } from '../../lab/wifi/guest/radios.ts';
import { DEFAULTS, planOf } from '../../lab/topology.ts';
import type { HomePlan, PhonePlan } from '../../lab/topology.ts';

const plan = planOf(DEFAULTS);
const [home1, home2] = plan.homes as [HomePlan, HomePlan];
const [phone] = plan.phones as [PhonePlan];

describe('who hears whom', () => {
  const written = new Map<string, string>();
  const radios = simulatedRadios(plan, (file, value) => written.set(file.replace('/sys/kernel/debug/ieee80211/', ''), value));
  const group = (phy: number) => Number(written.get(`phy${phy}/hwsim/group`));

  it('is a bit in common: the phone with the homes in its reach, and no others', () => {
    radios.inReach(1, [1]);
    const one = group(2);
    radios.inReach(1, [1, 2]);
    const both = group(2);
    radios.inReach(1, [2]);
    expect([one & group(2), both & one, both & group(2)]).toEqual([0, one, group(2)]);
    radios.inReach(1, []);
    expect(group(2)).toBe(0);
  });

  it('gives a strength below zero as the unsigned number that the kernel reads', () => {
    radios.strength(2, WEAK);
    expect(written.get('phy1/hwsim/rx_rssi')).toBe('18446744073709551521');
    radios.strength(2, STRONG);
    expect(BigInt.asIntN(64, BigInt(written.get('phy1/hwsim/rx_rssi') ?? 0))).toBe(-50n);
  });
});

describe('the access points', () => {
  it('are below the bridge with the fixed MAC, on channels of their own, and ask who the authentication names', () => {
    const [one, two] = [home1, home2].map((h) => hostapdConfig('/lab', h, ['auth_server_addr=198.18.252.2']));
    for (const config of [one, two]) expect(config).toMatch(/^interface=wlan0\nbridge=br-access\n[\s\S]*wpa_key_mgmt=WPA-EAP\n[\s\S]*\nauth_server_addr=198\.18\.252\.2\n$/);
    expect([one, two].map((c) => /^channel=(\d+)$/m.exec(c ?? '')?.[1])).toEqual(['1', '6']);
    expect([one, two].map((c) => /^ctrl_interface=(.*)$/m.exec(c ?? '')?.[1])).toEqual(['/lab/ap1', '/lab/ap2']);
  });
});

describe('the phone', () => {
  it('knows one network and looks for a better home when its own becomes weak', () => {
    const config = supplicantConfig('/lab', phone, { network: ['eap=PEAP', 'identity="phone1@home.example"'] });
    expect(config.match(/network=\{/g)).toHaveLength(1);
    expect(config).toMatch(/ssid="community"[\s\S]*key_mgmt=WPA-EAP\n {2}eap=PEAP\n {2}identity="phone1@home\.example"\n {2}bgscan="simple:4:-45:30"/);
  });

  it('takes what the authentication wants outside the network', () => {
    expect(supplicantConfig('/lab', phone, { globals: ['external_sim=1'], network: [] })).toMatch(/\nexternal_sim=1\nnetwork=\{/);
  });
});
