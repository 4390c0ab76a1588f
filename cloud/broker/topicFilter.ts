/** Topic filters (MQTT 3.1.1 §4.7). */

/** A `$` topic is matched by no filter that begins with a wildcard (§4.7.2). */
export function matches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && !filter.startsWith('$')) return false;
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true;
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}

/** Whether all topics that `filter` matches are matched by `pattern`, too. */
export function covers(pattern: string, filter: string): boolean {
  const allowed = pattern.split('/');
  const asked = filter.split('/');
  for (const [i, level] of allowed.entries()) {
    if (level === '#') return true;
    const other = asked[i];
    if (other === undefined || other === '#' || (level !== '+' && level !== other)) return false;
  }
  return allowed.length === asked.length;
}
