import { describe, expect, it } from 'vitest';
import type { PictureMessage, Track, TrailPoint } from './contract';
import { merged, Picture } from './picture.svelte';

const track = (id: number, lon: number): Track => ({
  id,
  at_time: '2026-11-20T19:00:00Z',
  at: [lon, 34],
  east_mps: 1,
  north_mps: 0,
  ellipse: null,
  existence: 0.9,
  class: 'person',
  class_probability: 0.8,
  height: null,
  seen_by: [],
  last_seen_at: '2026-11-20T19:00:00Z',
  also: [],
  pinned: false,
  lost: false,
  acts: [],
  told: [],
  identity: { sector: 'test', number: id },
  ground_of: null,
  handed_to: null,
});

const trail = (...lons: number[]): TrailPoint[] =>
  lons.map((lon) => ({
    at_time: '2026-11-20T19:00:00Z',
    at: [lon, 34],
    covariance_m2: [25, 0, 25],
  }));

const whole: PictureMessage = {
  seq: 10,
  now: '2026-11-20T19:00:00Z',
  speed: 20,
  state_hash: 'aa',
  coverage_version: 1,
  evidence_version: 0,
  messages_version: 0,
  directions: [],
  marks: [],
  tracks: [track(1, 41), track(2, 41.1)],
  alerts: [],
  tasks: [],
  units: [],
  sensors: [],
  stretches: [],
  weather: [],
  counters: { accepted: 1, rejected: 0, dropped: 0, late: 0, mistimed: 0, shed: 0, rejections: [] },
};

describe('the picture', () => {
  it('keeps what a change does not mention', () => {
    const picture = new Picture();
    picture.take(whole);
    picture.take({ type: 'changes', seq: 11, now: '2026-11-20T19:00:01Z', tracks: [track(2, 42)] });
    expect([...picture.tracks.values()].map((t) => t.at[0])).toEqual([41, 42]);
    expect(picture.speed).toBe(20);
    expect(picture.now).toBe('2026-11-20T19:00:01Z');
  });

  it('forgets ended tracks and their trails', () => {
    const picture = new Picture();
    const tracks = whole.tracks.map((one) => ({ ...one, trail: trail(40.9) }));
    picture.take({ ...whole, tracks });
    picture.take({ type: 'changes', seq: 11, now: whole.now, tracks_ended: [1] });
    expect([...picture.tracks.keys()]).toEqual([2]);
    expect([...picture.trails.keys()]).toEqual([2]);
  });

  it('lets time go on under one number of the record', () => {
    const picture = new Picture();
    picture.take(whole);
    picture.take({ type: 'changes', seq: 10, now: '2026-11-20T19:00:05Z' });
    expect(picture.now).toBe('2026-11-20T19:00:05Z');
  });

  it('drops a change that is older than what it knows', () => {
    const picture = new Picture();
    picture.take(whole);
    picture.take({ type: 'changes', seq: 9, now: 'old', tracks: [track(1, 0)] });
    expect(picture.tracks.get(1)?.at[0]).toBe(41);
  });

  it('takes a whole picture even when the station began to count anew', () => {
    const picture = new Picture();
    picture.take(whole);
    picture.take({ ...whole, seq: 0, tracks: [] });
    expect(picture.tracks.size).toBe(0);
    expect(picture.seq).toBe(0);
  });

  it('hands back the very same map when nothing changed', () => {
    const known = new Map([[1, track(1, 41)]]);
    expect(merged(known, [])).toBe(known);
    expect(merged(known, undefined)).toBe(known);
  });

  it('keeps a trail until another is told, and forgets it with its track', () => {
    const picture = new Picture();
    const changes = (tracks: Track[], ended: number[] = []) =>
      picture.take({ type: 'changes', seq: 11, now: whole.now, tracks, tracks_ended: ended });
    picture.take({ ...whole, tracks: [{ ...track(1, 41), trail: trail(40.8, 40.9) }] });
    changes([track(1, 41.1)]);
    expect(picture.trails.get(1)?.map(([lon]) => lon)).toEqual([40.8, 40.9]);
    changes([{ ...track(1, 41.2), trail: trail(40.9, 41) }]);
    expect(picture.trails.get(1)?.map(([lon]) => lon)).toEqual([40.9, 41]);
    changes([], [1]);
    expect(picture.trails.size).toBe(0);
  });

  it('finds a merged track by either number', () => {
    const picture = new Picture();
    picture.take({ ...whole, tracks: [{ ...track(1, 41), also: [2] }] });
    expect(picture.track(2)?.id).toBe(1);
    expect(picture.track(3)).toBeUndefined();
  });
});
