import { iwSurvey } from '../../agent/wifi/survey/iwSurvey.ts';
import { networkManagerSurvey } from '../../agent/wifi/survey/networkManagerSurvey.ts';
import type { Sighting } from '../../agent/wifi/survey/neighbours.ts';
import { neighbourSurveyContract } from './neighbourSurvey.ts';

type Heard = readonly Omit<Sighting, 'age'>[];
const missing = (program: string) => Object.assign(new Error(`spawn ${program} ENOENT`), { code: 'ENOENT' });

neighbourSurveyContract('iw', () => {
  let all: Heard = [];
  let failing: string | undefined;
  const print = (s: Heard[number]) => `BSS ${s.bssid}(on wlan0)\n\tfreq: ${s.frequency}\n\tsignal: ${s.signal.toFixed(2)} dBm\n\tlast seen: 20 ms ago\n\tSSID: ${s.ssid}\n`;
  const run = async () => {
    if (failing === 'missing') throw missing('iw');
    if (failing === 'broken') throw Object.assign(new Error('Command failed'), { code: 237, stderr: 'command failed: Input/output error (-5)\nmore\n' });
    return all.map(print).join('');
  };
  return { survey: iwSurvey({ device: 'wlan0', scan: false, run }), hear: (heard) => (all = heard), fail: (how) => (failing = how) };
});

neighbourSurveyContract('NetworkManager through node-wifi', () => {
  let all: Heard = [];
  let failing: string | undefined;
  const scan = async () => {
    if (failing === 'missing') throw missing('nmcli');
    if (failing === 'broken') throw new Error('Command failed: nmcli\nError: NetworkManager is not running.');
    return all.map(({ bssid, ssid, frequency, signal }) => ({ bssid: bssid.toUpperCase(), ssid, frequency, signal_level: signal }));
  };
  return { survey: networkManagerSurvey({ device: 'wlan0', load: async () => ({ init: () => undefined, scan }) }), hear: (heard) => (all = heard), fail: (how) => (failing = how) };
});
