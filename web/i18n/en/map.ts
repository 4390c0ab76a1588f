import { forms } from '../catalogue.ts';

const { count } = forms('en');

/** The page Map. */
export const map = {
  subtitle: 'Positions are moved on purpose by some hundred metres, always the same way, so that nobody finds a door by them.',
  views: 'Ways to look at it',
  view: { map: 'Map', graph: 'Graph', list: 'List' },
  label: (n: number) => count(n, 'Map with # home', 'Map with # homes'),
  keys: 'Arrow keys go from home to home, Shift with arrow keys moves the map, plus and minus zoom, zero shows everything. The tab List has the same in words.',
  empty: 'No home is in the fleet yet',
  emptyHelp: 'Claim a gateway under Homes: it appears here as soon as it has a position, and in the graph at once.',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  whole: 'Show everything',
  layers: { neighbours: 'Homes in earshot', moves: 'Roams of the last hour', tunnels: 'Tunnels to the anchors' },
  legend: { walker: 'Subscriber roaming now', failed: 'Failed roam', size: 'The larger, the more subscribers' },
  goesTo: 'Subscribers go on to',
  unplaced: (n: number) => count(n, '# home has no position and stands only in the graph and the list. Give it one on its own page.', '# homes have no position and stand only in the graph and the list. Give them one on their own pages.'),
  list: { neighbours: 'In earshot', came: 'Came, last hour', went: 'Went, last hour', mostlyTo: 'Mostly to' },
};
