/** What hostapd said about a phone, read from its log: `1795405643.701: wlan0: AP-STA-CONNECTED 02:bb:00:00:00:01`. Pure. */
import type { Mac } from '../../../protocol/mac.ts';
import type { UnixMillis } from '../../../protocol/units.ts';
import type { HomeEvent } from '../results.ts';

const LINE = /^(\d+\.\d+): \S+: ((?:AP-STA|CTRL-EVENT-EAP|EAPOL)-\S+) (\S+)/;

/** @param logs of the homes, home 1 first @returns events since the trigger, in the order of time */
export function eventsSince(trigger: UnixMillis, mac: Mac, logs: readonly string[]): HomeEvent[] {
  const events = logs.flatMap((log, i) =>
    log.split('\n').flatMap((line): HomeEvent[] => {
      const [, seconds, event, about] = LINE.exec(line) ?? [];
      const at = Math.round(Number(seconds) * 1000 - trigger);
      return event !== undefined && about === mac && at >= 0 ? [{ home: i + 1, event, at }] : [];
    }),
  );
  return events.sort((a, b) => a.at - b.at);
}
