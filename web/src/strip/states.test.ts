import { describe, expect, it } from 'vitest';
import type { StretchNow, StretchPlan } from '../contract';
import { lengths, lettersOf, pastSpan_ms, runs, statesOf, withRow } from './states';

const plan: StretchPlan[] = [0, 1, 2, 3].map((id) => ({
  id,
  from_km: id * 0.25,
  to_km: (id + 1) * 0.25,
  coordinates: [],
}));
const now = (states: StretchNow['state'][]) =>
  new Map(states.map((state, id) => [id, { id, state } as StretchNow]));

describe('the strip', () => {
  it('never shows a letter it does not know as watched', () => {
    expect(statesOf('wdbux?')).toEqual([
      'watched',
      'degraded',
      'blind',
      'unknown',
      'unknown',
      'unknown',
    ]);
  });

  it('counts a stretch the station has said nothing of as unknown', () => {
    const known = now(['watched', 'blind', 'watched']);
    expect(lengths(plan, known)).toEqual({ watched: 0.5, degraded: 0, blind: 0.25, unknown: 0.25 });
    expect(lettersOf(plan, known)).toBe('wbwu');
  });

  it('puts neighbours of one state together', () => {
    expect(runs(statesOf('wwbbw'))).toEqual([
      { from: 0, to: 2, state: 'watched' },
      { from: 2, to: 4, state: 'blind' },
      { from: 4, to: 5, state: 'watched' },
    ]);
  });

  it('shows as much of the past as is known, in whole spans, up to two hours', () => {
    const now = Date.parse('2026-11-20T19:00:00Z');
    const since = (minutes: number) => [
      { at: new Date(now - minutes * 60_000).toISOString(), states: 'w' },
    ];
    expect(pastSpan_ms([], now) / 60_000).toBe(15);
    expect(pastSpan_ms(since(3), now) / 60_000).toBe(15);
    expect(pastSpan_ms(since(31), now) / 60_000).toBe(60);
    expect(pastSpan_ms(since(500), now) / 60_000).toBe(120);
  });

  it('adds a row only when something changed and keeps the row that holds at the start', () => {
    const at = (minute: number) => `2026-11-20T19:${String(minute).padStart(2, '0')}:00Z`;
    const rows = [0, 10, 20].map((minute, i) => ({ at: at(minute), states: 'wdb'[i]! }));
    expect(withRow(rows, { at: at(30), states: 'b' }, 0)).toBe(rows);
    const later = withRow(rows, { at: at(30), states: 'u' }, Date.parse(at(15)));
    expect(later.map((row) => row.states)).toEqual(['d', 'b', 'u']);
  });
});
