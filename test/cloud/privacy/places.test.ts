import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFuzz } from '../../../cloud/privacy/places.ts';

const fuzz = createFuzz(Buffer.alloc(32, 7));
const place = fc.record({ latitude: fc.double({ min: -85, max: 85, noNaN: true }), longitude: fc.double({ min: -180, max: 180, noNaN: true }) });

/** Of two places that are near each other. */
function metres(a: { latitude: number; longitude: number }, b: { latitude: number; longitude: number }): number {
  const east = ((((b.longitude - a.longitude + 540) % 360) - 180) * 111_320) * Math.cos((a.latitude * Math.PI) / 180);
  return Math.hypot((b.latitude - a.latitude) * 111_320, east);
}

test('a place is moved by at most so many metres, the same way each time', () => {
  fc.assert(
    fc.property(place, fc.string(), fc.integer({ min: 1, max: 5000 }), (p, id, most) => {
      const moved = fuzz(id, p, most);
      expect(metres(p, moved)).toBeLessThanOrEqual(most + 0.2);
      expect(fuzz(id, p, most)).toEqual(moved);
      expect(Math.abs(moved.longitude)).toBeLessThanOrEqual(180);
    }),
  );
  expect(fuzz('gw-a', { latitude: 52.5, longitude: 13.4 }, 0)).toEqual({ latitude: 52.5, longitude: 13.4 });
  expect(Math.abs(fuzz('gw-a', { latitude: 90, longitude: 0 }, 5000).latitude)).toBeLessThanOrEqual(90);
});

test('homes of one house, other installations and other radii are moved in ways of their own', () => {
  const p = { latitude: 48.1, longitude: 11.5 };
  const places = [fuzz('gw-a', p, 200), fuzz('gw-b', p, 200), createFuzz(Buffer.alloc(32, 8))('gw-a', p, 200), fuzz('gw-a', p, 201)];
  expect(new Set(places.map((x) => JSON.stringify(x))).size).toBe(4);
});

test('many places are spread over the whole circle', () => {
  const p = { latitude: 48.1, longitude: 11.5 };
  const moved = Array.from({ length: 2000 }, (_, i) => fuzz(`gw-${i}`, p, 1000));
  const far = moved.filter((m) => metres(p, m) > Math.SQRT1_2 * 1000).length;
  expect(far).toBeGreaterThan(850);
  expect(far).toBeLessThan(1150);
  for (const sign of [1, -1]) expect(moved.filter((m) => (m.latitude - p.latitude) * sign > 0).length).toBeGreaterThan(850);
});
