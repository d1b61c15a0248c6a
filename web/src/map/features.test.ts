import type { Polygon } from 'geojson';
import { expect, test } from 'vitest';
import type { Drone, Place } from '../contract';
import { marks, pictures } from './features';

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

test('a sensor that somebody marked is its view with its name, as far as it was told', () => {
  const mark = {
    id: 'ANDROID-1 point-1',
    name: 'Mast (FLIR)',
    unit: 'patrol-1',
    at: [1, 42] as Place,
    looks: { azimuth_deg: 90, width_deg: 40, range_m: 2_000 },
    told_at: '2026-11-27T01:00:00Z',
    until: '2026-11-27T02:00:00Z',
  };

  const [view, name, ...more] = marks([mark]).features;

  expect(more).toEqual([]);
  const [ring] = (view!.geometry as Polygon).coordinates;
  const east = Math.max(...ring!.map(([lon]) => lon!));
  const metres = (east - 1) * 111_320 * Math.cos((42 * Math.PI) / 180);
  expect(Math.abs(metres - 2_000)).toBeLessThan(20);
  expect(Math.min(...ring!.map(([lon]) => lon!))).toBe(1);
  expect(name!.properties).toEqual({ text: 'Mast (FLIR)' });
});
