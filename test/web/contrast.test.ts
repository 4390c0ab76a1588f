/** The contrast of the design's colours in both themes (WCAG 2.2, 1.4.3 and 1.4.11). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(import.meta.dirname, '..', '..', 'web', 'styles', 'tokens.css'), 'utf8');
const tokens = new Map([...css.matchAll(/--([a-z-]+): (?:light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)|(#[0-9a-f]{6}));/g)].map(([, name = '', light, dark, both]) => [name, [light ?? both ?? '', dark ?? both ?? ''] as const]));

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const TEXT: readonly (readonly [string, readonly string[]])[] = [
  ['text', ['ground', 'surface', 'raised', 'sunken', 'hover', 'good-soft', 'warn-soft', 'bad-soft', 'calm-soft', 'accent-soft']],
  ['muted', ['ground', 'surface', 'raised', 'sunken', 'hover', 'calm-soft', 'accent-soft', 'good-soft']],
  ['accent', ['ground', 'surface', 'raised', 'accent-soft', 'hover']],
  ['good', ['surface', 'good-soft']],
  ['warn', ['surface', 'warn-soft']],
  ['bad', ['surface', 'raised', 'bad-soft']],
  ['on-accent', ['accent-fill', 'accent-fill-hover', 'bad-fill']],
];

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('the %s theme', (_, theme) => {
  const colour = (name: string): string => tokens.get(name)?.[theme] ?? '';

  it.each(TEXT)('%s is readable on what it stands on', (text, grounds) => {
    for (const ground of grounds) expect(contrast(colour(text), colour(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });

  it('the edges of fields and the focus ring are seen', () => {
    for (const edge of ['line-strong', 'accent']) for (const ground of ['ground', 'surface', 'raised']) expect(contrast(colour(edge), colour(ground)), `${edge} on ${ground}`).toBeGreaterThanOrEqual(3);
  });
});
