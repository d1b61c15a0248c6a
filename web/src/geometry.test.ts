import { describe, expect, it } from 'vitest';
import { away, distance_m, ellipse, field, heading_deg, runsRightToLeft } from './geometry';
import type { Place } from './contract';

const HERE: Place = [41, 34.5];

describe('shapes on the ground', () => {
  it('puts a place a kilometre east a kilometre away and on the same latitude', () => {
    const east = away(HERE, 90, 1_000);
    expect(distance_m(HERE, east)).toBeCloseTo(1_000, 0);
    expect(east[0]).toBeGreaterThan(HERE[0]);
    expect(east[1]).toBeCloseTo(HERE[1], 4);
  });

  it('draws an ellipse as long as its major axis along its azimuth', () => {
    const ring = ellipse(HERE, { major_m: 400, minor_m: 100, azimuth_deg: 0 });
    expect(Math.max(...ring.map((p) => distance_m(HERE, p)))).toBeCloseTo(400, 0);
    expect(Math.min(...ring.map((p) => distance_m(HERE, p)))).toBeCloseTo(100, 0);
    expect(ring[0]![1]).toBeGreaterThan(HERE[1]);
    expect(ring[0]![0]).toBeCloseTo(HERE[0], 9);
  });

  it('starts and ends a wedge at its sensor and keeps it within its range', () => {
    const ring = field({ at: HERE, facing_deg: 270, field_deg: 90, range_max_m: 8_000 });
    expect(ring[0]).toEqual(HERE);
    expect(ring.at(-1)).toEqual(HERE);
    expect(ring.every((p) => distance_m(HERE, p) <= 8_050)).toBe(true);
    expect(ring.slice(1, -1).every((p) => p[0] < HERE[0])).toBe(true);
  });

  it('draws an all-round sensor as a closed circle', () => {
    const ring = field({ at: HERE, facing_deg: null, field_deg: 360, range_max_m: 5_000 });
    expect(distance_m(ring[0]!, ring.at(-1)!)).toBeCloseTo(0, 3);
    expect(ring.every((p) => Math.abs(distance_m(HERE, p) - 5_000) < 25)).toBe(true);
  });

  it('knows a heading from a velocity and none from standing still', () => {
    expect(heading_deg({ east_mps: 1, north_mps: 0 })).toBeCloseTo(90);
    expect(heading_deg({ east_mps: -1, north_mps: 0 })).toBeCloseTo(270);
    expect(heading_deg({ east_mps: 0.05, north_mps: 0.05 })).toBeNull();
  });

  it('turns a strip whose line runs west, however steeply', () => {
    expect(runsRightToLeft([HERE, [42, 34.6]])).toBe(false);
    expect(runsRightToLeft([HERE, [40, 34.6]])).toBe(true);
    expect(runsRightToLeft([HERE, [40.9, 35.5]])).toBe(true);
    expect(runsRightToLeft([HERE, [41.1, 35.5]])).toBe(false);
  });
});
