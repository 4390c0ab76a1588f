import { describe, expect, it } from 'vitest';
import { eventsSince } from '../../lab/wifi/guest/events.ts';

const MAC = '02:bb:00:00:00:01';
/** As hostapd printed them. */
const HOME1 = `1795425645.100: wlan0: AP-ENABLED 
1795425650.514: wlan0: CTRL-EVENT-EAP-STARTED 02:bb:00:00:00:01
1795425650.515: wlan0: CTRL-EVENT-EAP-PROPOSED-METHOD vendor=0 method=1
1795425650.600: wlan0: AP-STA-CONNECTED 02:bb:00:00:00:01
1795425650.700: wlan0: AP-STA-CONNECTED 02:bb:00:00:00:02
`;
const HOME2 = '1795425650.550: wlan0: AP-STA-DISCONNECTED 02:bb:00:00:00:01\n';

describe('what hostapd said of a phone', () => {
  it('is told with its home and in the order of time, from the trigger on', () => {
    expect(eventsSince(1795425650_500, MAC, [HOME1, HOME2])).toEqual([
      { home: 1, event: 'CTRL-EVENT-EAP-STARTED', at: 14 },
      { home: 2, event: 'AP-STA-DISCONNECTED', at: 50 },
      { home: 1, event: 'AP-STA-CONNECTED', at: 100 },
    ]);
  });

  it('is nothing before the trigger, and nothing of other phones', () => {
    expect(eventsSince(1795425650_650, MAC, [HOME1, HOME2])).toEqual([]);
    expect(eventsSince(0, '02:bb:00:00:00:02', [HOME1, HOME2])).toHaveLength(1);
  });
});
