import { describe, expect, it } from 'vitest';
import { csv, csvCell } from '../../web/lib/csv.ts';

describe('export for spreadsheets', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\r=1'])('%j from the network is a text, no formula', (text) => {
    expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/);
  });

  it('numbers stay numbers, also negative ones', () => {
    expect(csvCell(-5)).toBe('-5');
    expect(csvCell(0)).toBe('0');
  });

  it('commas, quotes and lines stay in their cell (RFC 4180 §2)', () => {
    expect(csvCell('a,b')).toBe('"a,b"');
    expect(csvCell('say "hi"')).toBe('"say ""hi"""');
    expect(csvCell('a\nb')).toBe('"a\nb"');
    expect(csvCell('=HYPERLINK("http://x","y")')).toBe(`"'=HYPERLINK(""http://x"",""y"")"`);
  });

  it('nothing known is an empty cell', () => {
    expect(csv(['name', 'seen'], [['Mill Lane', undefined], ['Abbey', null]])).toBe('name,seen\r\nMill Lane,\r\nAbbey,\r\n');
  });
});
