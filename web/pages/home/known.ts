/** Commands that the dashboard has words for; a gateway says which of them it knows. */
export const KNOWN = ['ping', 'identify', 'refresh', 'survey', 'show', 'reboot-agent'] as const;
export type Known = (typeof KNOWN)[number];

/** What can be shown of a gateway from afar: nothing that names the home's own devices. */
export const SHOWN = ['mag binding', 'mag tunnel', 'mag globals', 'mag stats', 'mag heartbeat', 'mag traces', 'interface summary', 'dhcp proxy'] as const;
