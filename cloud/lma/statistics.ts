/** Counters, named after Cisco's YANG models of the LMA. */
export interface Statistics {
  'pbu-received': number;
  /** By reason in words-with-dashes. */
  readonly dropped: Record<string, number>;
  /** PBAs sent, by status name: `accepted`, `timestamp-mismatch`, ... */
  readonly pba: Record<string, number>;
  /** BRIs sent, by trigger. */
  readonly pbri: Record<string, number>;
  /** BRAs received, by status. */
  readonly pbra: Record<string, number>;
  /** BRIs received, by the status that answered them. */
  readonly 'pbri-received': Record<string, number>;
  /** UPNs sent, by reason. */
  readonly upn: Record<string, number>;
  /** UPAs received, by status. */
  readonly upa: Record<string, number>;
  /** Sessions that other anchors got. */
  'redirect-count': number;
  'handoff-count': number;
  'bce-count': number;
  'peak-bce-count': number;
}

export const createStatistics = (): Statistics => ({ 'pbu-received': 0, dropped: {}, pba: {}, pbri: {}, pbra: {}, 'pbri-received': {}, upn: {}, upa: {}, 'redirect-count': 0, 'handoff-count': 0, 'bce-count': 0, 'peak-bce-count': 0 });

export function count(counters: Record<string, number>, name: string | number): void {
  counters[name] = (counters[name] ?? 0) + 1;
}
