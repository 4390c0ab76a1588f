/** What `iw dev DEVICE scan dump` prints: iw 5.19 on Debian, and iw 5.16 on OpenWrt, cut to the lines that differ. */
export const DEBIAN = `BSS 02:00:00:00:01:00(on wlan1) -- associated
	last seen: 88.412s [boottime]
	TSF: 1795426024938421 usec (20780d, 09:27:04)
	freq: 2412
	beacon interval: 100 TUs
	capability: ESS Privacy ShortSlotTime (0x0411)
	signal: -30.00 dBm
	last seen: 84 ms ago
	Information elements from Probe Response frame:
	SSID: community
	Supported rates: 1.0* 2.0* 5.5* 11.0* 6.0 9.0 12.0 18.0 
	DS Parameter set: channel 1
	RSN:	 * Version: 1
		 * Group cipher: CCMP
		 * Pairwise ciphers: CCMP
		 * Authentication suites: IEEE 802.1X
		 * Capabilities: 1-PTKSA-RC 1-GTKSA-RC (0x0000)
BSS 02:00:00:00:02:00(on wlan1)
	last seen: 88.001s [boottime]
	TSF: 1795426024938421 usec (20780d, 09:27:04)
	freq: 5955
	beacon interval: 100 TUs
	capability: ESS Privacy (0x0011)
	signal: -71.50 dBm
	last seen: 512 ms ago
	SSID: caf\\xc3\\xa9 \\x5c net\\x20
	Multiple BSSID:
		SSID: nested
`;

export const OPENWRT = `BSS 06:11:22:33:44:55(on phy0-ap0)
	TSF: 123456 usec (0d, 00:00:00)
	freq: 5180.0
	beacon interval: 100 TUs
	signal: -88.00 dBm
	last seen: 200120 ms ago
	Information elements from Probe Response frame:
	SSID: community
	HT capabilities:
BSS 06:11:22:33:44:56(on phy0-ap0)
	freq: 5180
	signal: 61/100
	last seen: 0 ms ago
	SSID: community
BSS 06:11:22:33:44:57(on phy0-ap0)
	freq: 5180
	signal: -60.00 dBm
	last seen: 0 ms ago
	SSID: 
BSS 06:11:22:33:44:58(on phy0-ap0)
	freq: 5180
	signal: -60.00 dBm
	last seen: 0 ms ago
	SSID: first
	SSID: second
`;
