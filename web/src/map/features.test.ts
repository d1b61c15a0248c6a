import { expect, test } from 'vitest';
import type { Drone, Place } from '../contract';
import { pictures } from './features';

const drone = (footprint: Place[] | null, at: Place | null = [1, 42]): Drone => ({
  sensor: 'drone-1',
  heard_at: '2026-11-27T01:00:00Z',
  at,
  altitude_m: 2600,
  heading_deg: 0,
  battery_percent: null,
  wind_mps: null,
  wind_from_deg: null,
  footprint,
});

test('a drone that sees the ground has its outline and a line to the middle of it', () => {
  const ring: Place[] = [
    [2, 43],
    [4, 43],
    [4, 45],
    [2, 45],
  ];
  const [outline, sight, ...more] = pictures([drone(ring), drone(null), drone([])]).features;

  expect(more).toEqual([]);
  expect(outline!.geometry).toEqual({ type: 'Polygon', coordinates: [[...ring, ring[0]]] });
  expect(sight!.geometry).toEqual({
    type: 'LineString',
    coordinates: [
      [1, 42],
      [3, 44],
    ],
  });
});

test('a drone that does not say where it is has the outline alone', () => {
  const ring: Place[] = [
    [2, 43],
    [4, 43],
    [4, 45],
  ];
  expect(pictures([drone(ring, null)]).features.length).toBe(1);
});
