import type { Home, HomeConfiguration } from '../../../cloud/api/resources/homes.ts';

type Status = HomeConfiguration['status'];
/** The most urgent first. */
const ORDER: readonly Status[] = ['rejected', 'rolledback', 'partial', 'pending', 'applied', 'none'];

/** One word for the four concerns of a home: the one that needs somebody most. */
export function worstConfiguration(home: Pick<Home, 'configuration'>): Status {
  const all = Object.values(home.configuration).map((c) => c.status);
  return ORDER.find((s) => all.includes(s)) ?? 'none';
}
