import { describe, expect, it } from 'vitest';
import { describeHandover, quantile } from '../../lab/handover.ts';

const wall = Date.UTC(2026, 0, 1, 12, 0, 0, 345);

describe('a handover in one line', () => {
  it('has its stages in milliseconds after the station event', () => {
    expect(describeHandover({ wall, phone: 1, from: 1, to: 2, stages: { pbuSent: 0.4, pbaReceived: 1.26, switched: 1.5, firstDown: 12.34 } })).toBe(
      '12:00:00.345  phone1  home1 -> home2     associated 0.0  PBU sent   0.4  PBA received   1.3  both ends switched   1.5  first packet down  12.3 ms',
    );
  });

  it('tells a first attachment apart, and a packet that never came', () => {
    const line = describeHandover({ wall, phone: 3, from: 0, to: 1, stages: { pbuSent: 0, pbaReceived: 1, switched: 2 } });
    expect(line).toContain('phone3  attaches at home1 ');
    expect(line).toMatch(/first packet down {4}- {2}ms$/);
  });
});

describe('a quantile', () => {
  it('is one of the values, whatever their order', () => {
    const values = [5, 1, 4, 2, 3];
    expect([quantile(values, 0), quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)]).toEqual([1, 3, 5, 5]);
    expect(values).toEqual([5, 1, 4, 2, 3]);
  });

  it('of nothing is nothing', () => {
    expect(quantile([], 0.5)).toBeUndefined();
  });
});
