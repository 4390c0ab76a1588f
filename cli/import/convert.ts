/** Router configurations, each as a file of ours; gateways and anchors that are given together learn of each other. */
import { agentSchema } from '../../agent/config.ts';
import { problemsOf as agentProblems } from '../../agent/configCheck.ts';
import { lmaSchema } from '../../cloud/config.ts';
import { problemsOf as lmaProblems } from '../../cloud/configCheck.ts';
import { ConfigError } from '../../runtime/configError.ts';
import { parseConfig } from '../../runtime/configFile.ts';
import { agentFile, identityOf } from './agentFile.ts';
import { ios, newMag, type MagDraft } from './ios.ts';
import { lmaFile } from './lmaFile.ts';
import { linesOf, parse, type Finding } from './parser.ts';
import { newLma, staros, type LmaDraft } from './staros.ts';
import { summary, yamlOf, type Remark } from './write.ts';

export interface Source {
  readonly file: string;
  readonly text: string;
}

export interface Imported {
  /** `mag-M1.yaml`, `lma-lma1.yaml` */
  readonly name: string;
  readonly kind: 'agent' | 'lma';
  readonly text: string;
  /** For people, a line each. */
  readonly summary: readonly string[];
  /** Why it cannot run yet, as --check says it. */
  readonly problems: readonly string[];
}

export interface ImportOptions {
  readonly uplink?: string;
  /** Makes a key for each gateway and its LMAs; without it they are known by their addresses. */
  readonly newKey?: () => string;
}

/** Words that only a StarOS LMA has at the start of a line. */
const STAROS = /^\s*(?:context|lma-service|pgw-service|apn|port ethernet|ipv6 pool|ip pool)\b/m;
const IOS = /^\s*ipv6 mobile pmipv6-/m;

export const looksLike = (text: string): 'agent' | 'lma' => (STAROS.test(text) && !IOS.test(text) ? 'lma' : 'agent');

interface Read<Draft> {
  readonly source: Source;
  readonly draft: Draft;
  readonly findings: readonly Finding[];
}

export function convert(sources: readonly Source[], { uplink = 'wan0', newKey }: ImportOptions = {}): Imported[] {
  const mags = sources.filter((s) => looksLike(s.text) === 'agent').map((source): Read<MagDraft> => {
    const draft = newMag();
    return { source, draft, findings: parse(ios, linesOf(source.file, source.text), draft) };
  });
  const lmas = sources.filter((s) => looksLike(s.text) === 'lma').map((source): Read<LmaDraft> => {
    const draft = newLma();
    return { source, draft, findings: parse(staros, linesOf(source.file, source.text), draft) };
  });
  const apns = lmas.flatMap((l) => l.draft.apns);
  const keys = new Map(mags.map((m) => [m, lmas.length > 0 ? newKey?.() : undefined] as const));

  return [
    ...mags.map((m) => {
      const key = keys.get(m);
      const { tree, remarks } = agentFile(m.draft, { uplink, apns, keys: new Map(key === undefined ? [] : m.draft.lmas.map((l) => [l.id, key])) });
      return finished(m, 'agent', `mag-${m.draft.mag?.name ?? 'M1'}.yaml`, tree, [...remarks, ...disagreements(m.draft, lmas.map((l) => l.draft))]);
    }),
    ...lmas.map((l) => {
      const gateways = mags.map((m) => {
        const key = keys.get(m);
        return { id: identityOf(m.draft), addresses: Object.values(m.draft.address), ...(key === undefined ? {} : { key }) };
      });
      const { tree, remarks } = lmaFile(l.draft, gateways);
      return finished(l, 'lma', `lma-${l.draft.services[0]?.name ?? 'lma'}.yaml`, tree, remarks);
    }),
  ];
}

/** What the gateway expects of an anchor that the anchor has not. */
function disagreements(mag: MagDraft, lmas: readonly LmaDraft[]): Remark[] {
  if (lmas.length === 0) return [];
  const services = new Map(lmas.flatMap((l) => l.services.map((s) => [s.name, s] as const)));
  const apns = new Set(lmas.flatMap((l) => l.apns.map((a) => a.name.toLowerCase())));
  return [
    ...mag.lmas.flatMap((l): Remark[] => {
      const service = services.get(l.id);
      if (!service) return [{ about: 'local-mobility-anchors', message: `no lma-service of the files is called ${l.id}` }];
      return [l.ipv6, l.ipv4].flatMap((a) => (a === undefined || service.bind.some((b) => same(a, b)) ? [] : [{ about: 'local-mobility-anchors', message: `${l.id} does not bind ${a}` }]));
    }),
    ...mag.nais.flatMap((n): Remark[] => (n.apn === undefined || apns.has(n.apn.toLowerCase()) ? [] : [{ about: 'profiles', message: `${n.nai} uses the APN ${n.apn}, which no LMA of the files has: it will be refused with 151 until apns has it` }])),
  ];
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function finished({ source, findings }: Read<unknown>, kind: Imported['kind'], name: string, tree: object, remarks: readonly Remark[]): Imported {
  const text = yamlOf([source.file], tree as Parameters<typeof yamlOf>[1], remarks, findings);
  return { name: name.replace(/[^\w.@-]/g, '_'), kind, text, summary: summary(name, remarks, findings), problems: check(name, kind, text) };
}

function check(name: string, kind: Imported['kind'], text: string): string[] {
  try {
    if (kind === 'agent') parseConfig(name, text, agentSchema, agentProblems);
    else parseConfig(name, text, lmaSchema, lmaProblems);
    return [];
  } catch (e) {
    if (e instanceof ConfigError) return e.message.split('\n');
    throw e;
  }
}
