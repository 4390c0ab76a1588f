/** Whatever stands in the files of /etc/config: problems in words, no exception, and nothing of the process is changed. */
import fc from 'fast-check';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { agentSchema } from '../../agent/config.ts';
import { problemsOf } from '../../agent/configCheck.ts';
import { knownOptions, SECTIONS } from '../../agent/openwrt/options.ts';
import { render } from '../../agent/openwrt/render.ts';
import { NOTHING_LIVE } from '../../agent/openwrt/resolve.ts';
import { parseUci } from '../../agent/openwrt/uci.ts';

const odd = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'x'];
const value = fc.oneof(fc.constantFrom('1', '0', 'wan', 'roam', 'l1', '@wan', '@lan', 'eth0', '00:24:d7:8e:21:a4', '2001:db8::1', '5 Mbit/s', 'radius_default', '', ...odd), fc.string({ maxLength: 8 }).map((t) => t.replaceAll("'", '')));
const option = (names: readonly string[]) => fc.tuple(fc.constantFrom('option', 'list'), fc.constantFrom(...names, ...odd), value).map(([word, name, text]) => `\t${word} ${name} '${text}'\n`);
const section = fc
  .tuple(fc.constantFrom(...Object.keys(SECTIONS), ...odd), fc.constantFrom('main', 'l1', 'wan', 'roam', '', ...odd))
  .chain(([type, name]) => fc.array(option(Object.hasOwn(SECTIONS, type) ? knownOptions(SECTIONS[type] as (typeof SECTIONS)[string]) : ['x']), { maxLength: 6 }).map((options) => `config ${type}${name && ` '${name}'`}\n${options.join('')}`));
const roamstead = fc.array(section, { maxLength: 6 }).map((all) => all.join(''));

const other = (types: readonly string[], names: readonly string[]) =>
  fc.array(fc.tuple(fc.constantFrom(...types), fc.constantFrom('wan', 'lan', 'roam', 'radio0', ''), fc.array(option(names), { maxLength: 4 })), { maxLength: 4 }).map((all) => all.map(([type, name, options]) => `config ${type}${name && ` '${name}'`}\n${options.join('')}`).join(''));
const network = other(['interface', 'device'], ['proto', 'device', 'name', 'type', 'macaddr', 'pppname']);
const wireless = other(['wifi-device', 'wifi-iface'], ['device', 'network', 'mode', 'ifname', 'disabled']);
const dhcp = other(['dhcp'], ['interface', 'ignore', 'ra', 'dhcpv4']);

it('is rendered', () => {
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  fc.assert(
    fc.property(roamstead, network, wireless, dhcp, (file, net, radios, leases) => {
      const rendered = render(parseUci(file), { network: parseUci(net), wireless: parseUci(radios), dhcp: parseUci(leases) }, NOTHING_LIVE);
      const result = v.safeParse(agentSchema, rendered.tree);
      const paths = result.success ? problemsOf(result.output).map((p) => p.path) : result.issues.map((issue) => (issue.path ?? []).map((item) => item.key as string | number));
      const lines = file.split('\n').length;
      for (const path of paths) expect(rendered.placeOf(path).line).toBeLessThanOrEqual(lines);
    }),
    { numRuns: 3000 },
  );
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
});
