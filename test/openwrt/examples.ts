/** The gateways of the deployment guide in UCI: each means what the YAML of the same name in examples/ means. */

const GUIDE = `
config agent 'main'
	option enabled '1'
	option domain 'D1'
	option mag 'M1'
	option uplink 'wan0'
	option ipv6_address '2001:db8:cafe:1025::15'
	option replay_protection 'timestamp'
	option identities 'raw'
`;
const LMA = `
config lma 'lma1'
	option ipv6_address '2001:db8:cafe:1024::101'
	option key '00112233445566778899aabbccddeeff00112233'
`;
const vlan = (number: string, more = ''): string => `
config interface
	option name 'GigabitEthernet0/1/0.${number}'
	option device 'br-${number}'
	option first_packet '1'
${more}`;
const subscribers = (letter: string): string => `
config default_profile 'default_subscriber_profile_${letter}'
	option apn 'example_${letter}.com'
	option lma 'lma1'
	option service 'ipv4'
`;
const DISCOVER = "	option discover_detach_interval '3600'\n	option discover_detach_timeout '10'\n	option discover_detach_retries '10'\n";
const DEFAULTS = `${LMA}${subscribers('A')}${subscribers('B')}${vlan('4001', "	option default_profile 'default_subscriber_profile_B'\n")}${vlan('3074', "	option default_profile 'default_subscriber_profile_A'\n")}`;
const RADIUS = "	option mn_profile_load_aaa '1'\n";
const SERVER = `
config radius_server
	option address '203.0.113.115'
	option auth_port '1812'
	option acct_port '1813'
	option key 'aaacisco'

config radius
	option retransmit '2'
	option timeout '3'
`;

/** By name of the YAML file in examples/. */
export const guide: Readonly<Record<string, string>> = {
  'mag-local-profile.yaml': `${GUIDE}${LMA}
config profile
	option nai 'mn0@example.com'
	option apn 'example.com'
	option lma 'lma1'
	option service 'ipv4'
	option l2_addr '0024.d78e.21a4'
	list dns '198.51.100.250'
	list dns '198.51.100.251'
${vlan('3074')}${vlan('4001')}`,
  'mag-default-profile.yaml': `${GUIDE}${DISCOVER}${DEFAULTS}`,
  'mag-radius.yaml': `${GUIDE}${RADIUS}${SERVER}${LMA}${vlan('3074')}${vlan('4001')}`,
  'mag-radius-or-default.yaml': `${GUIDE}${RADIUS}${DISCOVER}${SERVER}
config dynamic_authorization
	option listen '10.8.24.15'

config dynamic_client
	option address '203.0.113.115'
	option key 'aaacisco'
${DEFAULTS}`,
  'mag-operators.yaml': `${GUIDE.replace("	option replay_protection 'timestamp'\n", '')}
config lma
	option id 'operator-a'
	option ipv6_address '2001:db8:cafe:1024::101'
	option key '00112233445566778899aabbccddeeff00112233'

config lma
	option id 'operator-b'
	option ipv6_address '2001:db8:cafe:1024::102'
	option key '00112233445566778899aabbccddeeff00112233'

config profile
	option nai 'alice@a.example'
	option apn 'internet'
	option lma 'operator-a'
	option l2_addr '0024.d78e.21a4'

config profile
	option nai 'bob@b.example'
	option apn 'internet'
	option lma 'operator-b'
	option service 'ipv4'
	option l2_addr '0024.d78e.21a5'
	list dns '192.0.2.53'

config interface
	option name 'operator-a'
	option device 'br-3074'
	option first_packet '1'

config interface
	option name 'operator-b'
	option device 'br-4001'
	option address_space '1'
	option first_packet '1'
`,
  'mag-fleet.yaml': `
config agent 'main'
	option enabled '1'
	option domain 'D1'
	option mag 'M1'
	option uplink 'wan0'

config fleet
	option broker 'mqtts://fleet.example.net:8883'
	option authority '/etc/roamstead/fleet-authority.pem'
	option claim_credential '/etc/roamstead/claim.pem'
	option state_directory '/etc/roamstead/fleet'

config interface 'guests'
	option device 'br-guests'
	option default_profile 'guests'
	list hostapd '/var/run/hostapd/wlan0'

config host_first
	option up_rate '10 Mbit/s'
	option down_rate '40 Mbit/s'
`,
};
