/** Characters of a reason that the API takes. */
export const SHORTEST_REASON = 10;
