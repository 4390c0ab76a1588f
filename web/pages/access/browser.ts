/** In the order in which they hide behind each other's names. */
const BROWSERS = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari'], ['curl/', 'curl']] as const;
const SYSTEMS = [['Android', 'Android'], ['iPhone', 'iOS'], ['iPad', 'iPadOS'], ['Windows', 'Windows'], ['Mac OS X', 'macOS'], ['CrOS', 'ChromeOS'], ['Linux', 'Linux']] as const;

/** What a User-Agent header says in two words, such as `Firefox, Linux`: for recognising one's own, not for trusting. */
export function browserOf(agent: string): string | undefined {
  const found = [BROWSERS, SYSTEMS].map((table) => table.find(([mark]) => agent.includes(mark))?.[1]).filter((name) => name !== undefined);
  return found.length > 0 ? found.join(', ') : undefined;
}
