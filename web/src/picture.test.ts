import { describe, expect, it } from 'vitest';
import type { Track, PictureMessage } from './contract';
import { merged, Picture, trailWith } from './picture.svelte';

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
  seen_by: [],
  last_seen_at: '2026-11-20T19:00:00Z',
});

const whole: PictureMessage = {
  seq: 10,
  now: '2026-11-20T19:00:00Z',
  speed: 20,
  state_hash: 'aa',
  coverage_version: 1,
  tracks: [track(1, 41), track(2, 41.1)],
  alerts: [],
  tasks: [],
  units: [],
  sensors: [],
  stretches: [],
  weather: [],
  counters: { accepted: 1, rejected: 0, dropped: 0, shed: 0, rejections: [] },
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
    picture.take(whole);
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

  it('grows a trail by new places only and bounds it', () => {
    let trail = trailWith([], [41, 34]);
    expect(trailWith(trail, [41, 34])).toBe(trail);
    for (let i = 0; i < 100; i++) trail = trailWith(trail, [41 + i, 34]);
    expect(trail).toHaveLength(40);
    expect(trail.at(-1)).toEqual([140, 34]);
  });
});
