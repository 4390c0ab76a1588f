/** node-wifi 2.0.16 brings no types; this is what is used of it. */
declare module 'node-wifi' {
  interface Network {
    readonly ssid?: string;
    readonly bssid?: string;
    /** MHz */
    readonly frequency?: number;
    /** dBm, worked out from NetworkManager's percentage. */
    readonly signal_level?: number;
  }
  interface NodeWifi {
    init(options: { readonly iface: string }): void;
    scan(): Promise<readonly Network[]>;
  }
  const wifi: NodeWifi;
  export default wifi;
}
