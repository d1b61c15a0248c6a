// The watch state along the line as data: runs, sums, letters.
import {
  WORDS,
  type StretchNow,
  type StretchPlan,
  type StripRow,
  type WatchState,
} from '../contract';

const BY_LETTER = new Map(WORDS.state.map((state) => [state[0]!, state]));

/** Reads one row of `/api/strip`. A letter this page does not know is `unknown`, never better. */
export function statesOf(letters: string): WatchState[] {
  return [...letters].map((letter) => BY_LETTER.get(letter) ?? 'unknown');
}

/** The states as one row of `/api/strip` would write them. */
export function lettersOf(
  plan: readonly StretchPlan[],
  now: ReadonlyMap<number, StretchNow>,
): string {
  return plan.map((stretch) => (now.get(stretch.id)?.state ?? 'unknown')[0]).join('');
}

export interface Run {
  from: number;
  to: number;
  state: WatchState;
}

/** Neighbours of one state put together; `from` is included, `to` is not. */
export function runs(states: readonly WatchState[]): Run[] {
  const all: Run[] = [];
  states.forEach((state, i) => {
    const last = all.at(-1);
    if (last?.state === state) last.to = i + 1;
    else all.push({ from: i, to: i + 1, state });
  });
  return all;
}

/** Kilometres of line in each state. */
export function lengths(
  plan: readonly StretchPlan[],
  now: ReadonlyMap<number, StretchNow>,
): Record<WatchState, number> {
  const sums = { watched: 0, degraded: 0, blind: 0, unknown: 0 };
  for (const { id, from_km, to_km } of plan) {
    sums[now.get(id)?.state ?? 'unknown'] += to_km - from_km;
  }
  return sums;
}

const SPANS_MS = [15, 30, 60, 120].map((minutes) => minutes * 60_000);

/** How much of the past is worth showing: the least whole span that holds all known rows. */
export function pastSpan_ms(rows: readonly StripRow[], now: number): number {
  const first = rows[0];
  const known = first ? now - Date.parse(first.at) : 0;
  return SPANS_MS.find((span) => known <= span) ?? Math.max(...SPANS_MS);
}

/** Adds a row when the states differ from the last one's, and drops rows no longer shown. */
export function withRow(rows: readonly StripRow[], row: StripRow, since: number): StripRow[] {
  const last = rows.at(-1);
  const old = last && Date.parse(last.at) >= Date.parse(row.at);
  if (last && (last.states === row.states || old)) return rows as StripRow[];
  const firstShown = rows.findLastIndex((known) => Date.parse(known.at) <= since);
  return [...rows.slice(Math.max(0, firstShown)), row];
}
