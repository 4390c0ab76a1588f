/** What rpcd and LuCI read of luci-app-roamstead: menu, access lists, options, translations; against the views and the agent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { describe, expect, it, test } from 'vitest';
import { SECTIONS, knownOptions } from '../../agent/openwrt/options.ts';
import { METHODS } from '../../agent/ubusObject.ts';
import { LUCI_APP } from '../../packaging/openwrt.ts';
import { collectPackage } from '../../packaging/payload.ts';
import { parsePo } from '../../packaging/po.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const LUCI = join(root, 'agent', 'openwrt', 'luci');
const read = (path: string): string => readFileSync(join(LUCI, path), 'utf8');
const VIEWS = 'htdocs/luci-static/resources/view/roamstead';
/** What views share. */
const MODULES = 'htdocs/luci-static/resources/roamstead';
const sources = (folder: string): ReadonlyMap<string, string> => new Map(readdirSync(join(LUCI, folder)).map((name) => [name, read(`${folder}/${name}`)]));
const views = sources(VIEWS);
const all = [...views.values(), ...sources(MODULES).values()].join('\n');

// As LuCI's dispatcher.uc reads menus, and rpcd's session.c access lists: a scope has objects with functions, or names.
const menu = v.record(v.pipe(v.string(), v.regex(/^admin(\/[a-z]+)+$/)), v.strictObject({
  title: v.string(),
  order: v.number(),
  action: v.variant('type', [v.strictObject({ type: v.literal('firstchild') }), v.strictObject({ type: v.literal('view'), path: v.string() })]),
  depends: v.strictObject({ acl: v.array(v.string()) }),
}));
const scopes = v.strictObject({ ubus: v.optional(v.record(v.string(), v.array(v.string()))), file: v.optional(v.record(v.string(), v.array(v.picklist(['read', 'write', 'list', 'exec'])))), uci: v.optional(v.array(v.string())) });
const acl = v.record(v.string(), v.strictObject({ description: v.string(), read: v.optional(scopes), write: v.optional(scopes) }));

const pages = v.parse(menu, JSON.parse(read('root/usr/share/luci/menu.d/luci-app-roamstead.json')));
const groups = v.parse(acl, JSON.parse(read('root/usr/share/rpcd/acl.d/luci-app-roamstead.json')));

describe('the menu', () => {
  it('leads to views that are there, for whoever has a group that is there', () => {
    for (const { action, depends } of Object.values(pages)) {
      if (action.type === 'view') expect(existsSync(join(LUCI, 'htdocs/luci-static/resources/view', `${action.path}.js`))).toBe(true);
      expect(depends.acl.filter((name) => !Object.hasOwn(groups, name))).toEqual([]);
    }
    expect(Object.values(pages).flatMap(({ action }) => (action.type === 'view' ? [`${action.path}.js`] : [])).toSorted()).toEqual([...views.keys()].map((name) => `roamstead/${name}`).toSorted());
  });
});

describe('access', () => {
  const granted = Object.values(groups).flatMap(({ read: r, write: w }) => [r, w]).flatMap((s) => Object.entries(s?.ubus ?? {}).flatMap(([object, methods]) => methods.map((method) => `${object}.${method}`)));
  it('is what the views call, no less and no more', () => {
    const called = [...all.matchAll(/rpc\.declare\(\{ object: '([a-z]+)', method: '([a-z]+)'/g)].map(([, object, method]) => `${object}.${method}`);
    expect(granted.toSorted()).toEqual(called.toSorted());
    expect(Object.keys(groups['luci-app-roamstead']?.read?.file ?? {})).toEqual([...all.matchAll(/callRead\('([^']+)'\)/g)].map(([, path]) => path));
    expect(Object.keys(groups['luci-app-roamstead-settings']?.write?.file ?? {})).toEqual([...all.matchAll(/fs\.exec\('([^']+)', \[ '([^']+)' \]\)/g)].map(([, command, word]) => `${command} ${word}`));
  });

  it("is to methods that the agent's object has, with its arguments", () => {
    expect(granted.filter((name) => name.startsWith('roamstead.') && !Object.hasOwn(METHODS, name.slice('roamstead.'.length)))).toEqual([]);
    expect(/method: 'cap', params: \[ (.*?) \]/.exec(all)?.[1]).toBe(Object.keys(METHODS.cap).map((name) => `'${name}'`).join(', '));
  });

  it("to the owner's word is without the settings, which hold keys; whoever may only read changes nothing", () => {
    expect(groups['luci-app-roamstead']).toEqual(expect.objectContaining({ read: { file: { '/var/run/roamstead/agent.failed': ['read'] }, ubus: { file: ['read'], rc: ['list'], roamstead: ['status'] } }, write: { ubus: { roamstead: ['cap', 'pause', 'resume'] } } }));
    expect(groups['luci-app-roamstead-settings']?.read).toEqual({ uci: ['roamstead'] });
  });
});

describe('settings', () => {
  /** Section types with the names of the options that the page offers in them. */
  const offered = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of (views.get('settings.js') ?? '').split('\n')) {
    const [, type] = /s = (?:m\.section\(form\.NamedSection, '\w+', |m\.section\(form\.TypedSection, |only\(m, '\w+', )'(\w+)'/.exec(line) ?? [];
    if (type !== undefined) offered.set(type, (current = []));
    const [, name] = /s\.option\(form\.(?!Button)\w+, '(\w+)'/.exec(line) ?? [];
    if (name !== undefined) current.push(name);
  }

  it('are options that the agent knows', () => {
    expect([...offered.keys()]).toEqual(['agent', 'guest_network', 'host_first', 'interface', 'fleet', 'lma']);
    for (const [type, names] of offered) {
      const section = SECTIONS[type] ?? expect.unreachable(`there is no section ${type}`);
      expect(names.filter((name) => !knownOptions(section).includes(name))).toEqual([]);
    }
  });

  it('of the guests’ network are those that its script reads', () => {
    const script = readFileSync(join(root, 'agent/openwrt/files/usr/lib/roamstead/guest-network.sh'), 'utf8') + readFileSync(join(root, 'agent/openwrt/files/etc/uci-defaults/90-roamstead'), 'utf8');
    for (const name of offered.get('guest_network') ?? []) expect(script).toContain(`roamstead.guest.${name}`);
  });
});

describe('translations', () => {
  const QUOTED = String.raw`'((?:[^'\\]|\\.)*)'`;
  const inViews = [...all.matchAll(new RegExp(String.raw`\bN_\(.*?, ${QUOTED}, ${QUOTED}\)|(?<![\w.])_\(${QUOTED}\)`, 'g'))].map((m) => m[1] ?? m[3] ?? '');
  const inFiles = [...Object.values(pages).map((p) => p.title), ...Object.values(groups).map((g) => g.description)];
  const wanted = [...new Set([...inViews, ...inFiles])].toSorted();
  const places = (text: string): string[] => (text.match(/%[ds]/g) ?? []).toSorted();

  test('the template has every text that the page says, and no other', () => {
    expect(parsePo(read('po/templates/roamstead.pot')).messages.map((m) => m.id).toSorted()).toEqual(wanted);
  });

  test.each(['de', 'es', 'fr'])('%s has every text, with the same places for values', (language) => {
    const { plural, messages } = parsePo(read(`po/${language}/roamstead.po`));
    expect([plural, messages.map((m) => m.id).toSorted()]).toEqual([expect.stringMatching(/^nplurals=2; plural=n /), wanted]);
    for (const { id, isPlural, texts } of messages) {
      expect([id, texts.length, texts.every((text) => text.trim() !== '')]).toEqual([id, isPlural ? 2 : 1, true]);
      for (const text of texts) expect([id, places(text)]).toEqual([id, places(id)]);
    }
  });

  test('the package has them as LuCI loads them, beside the page', () => {
    const names = collectPackage(root, LUCI_APP, '24.10', '1.0.0')?.files.map((f) => f.name) ?? [];
    expect(names).toEqual(expect.arrayContaining(['de', 'es', 'fr'].map((language) => `usr/lib/lua/luci/i18n/roamstead.${language}.lmo`)));
    expect(names).toEqual(expect.arrayContaining(['usr/share/luci/menu.d/luci-app-roamstead.json', 'usr/share/rpcd/acl.d/luci-app-roamstead.json', 'www/luci-static/resources/view/roamstead/status.js', 'www/luci-static/resources/roamstead/gateway.js']));
    expect(names.filter((name) => name.includes('.po'))).toEqual([]);
  });
});
