/** What `iw dev DEVICE scan dump` prints. Recorded with two access points of mac80211_hwsim and iw 5.19; the others are made up of its lines, and of older and newer ones. */
export const RECORDED = `BSS 02:00:00:00:00:00(on wlan2)
	last seen: 9.402s [boottime]
	TSF: 1795430979277547 usec (20780d, 10:49:39)
	freq: 2412
	beacon interval: 100 TUs
	capability: ESS ShortSlotTime (0x0401)
	signal: -30.00 dBm
	last seen: 4264 ms ago
	SSID: caf\\xc3\\xa9 net
	Supported rates: 1.0* 2.0* 5.5* 11.0* 6.0 9.0 12.0 18.0 
	DS Parameter set: channel 1
	TIM: DTIM Count 1 DTIM Period 2 Bitmap Control 0x0 Bitmap[0] 0x0
	ERP: Barker_Preamble_Mode
	Extended supported rates: 24.0 36.0 48.0 54.0 
	Supported operating classes:
		 * current operating class: 81
	Extended capabilities:
		 * Extended Channel Switching
		 * Multiple BSSID
		 * SSID List
		 * Operating Mode Notification
BSS 02:00:00:00:01:00(on wlan2)
	last seen: 9.914s [boottime]
	TSF: 1795430979789306 usec (20780d, 10:49:39)
	freq: 2437
	beacon interval: 100 TUs
	capability: ESS ShortSlotTime (0x0401)
	signal: -30.00 dBm
	last seen: 3752 ms ago
	SSID: caf\\xc3\\xa9 net
	Supported rates: 1.0* 2.0* 5.5* 11.0* 6.0 9.0 12.0 18.0 
	DS Parameter set: channel 6
	TIM: DTIM Count 0 DTIM Period 2 Bitmap Control 0x0 Bitmap[0] 0x0
	ERP: Barker_Preamble_Mode
	Extended supported rates: 24.0 36.0 48.0 54.0 
	Supported operating classes:
		 * current operating class: 81
	Extended capabilities:
		 * Extended Channel Switching
		 * Multiple BSSID
		 * SSID List
		 * Operating Mode Notification
`;

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
