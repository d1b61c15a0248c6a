// How sure an entry of the record is: on this post, at the centre, witnessed. Each is said only where it is so.
import type { RecordState } from './contract';

export type Witnessing = 'disputed' | 'seen' | 'late' | 'waits' | 'nobody';

export interface Sureness {
  entry: number;
  /** Null where there is no centre. */
  centre: boolean | null;
  /** How the witnesses stand to it. */
  witnessing: Witnessing;
  /** Witnesses that have signed a checkpoint over it, those that have not, and of these the late ones. */
  seen: string[];
  waiting: string[];
  late: string[];
}

/** Entries are counted from 1, so a checkpoint over n entries holds the entry n. */
export function sureness(told: RecordState, entry: number): Sureness {
  const names = (of: RecordState['witnesses']) => of.map(({ name }) => name);
  const seen = told.witnesses.filter(({ entries }) => entries >= entry);
  const waiting = told.witnesses.filter(({ entries }) => entries < entry);
  const late = waiting.filter((one) => one.late || one.problem !== null);
  const centre = told.entries_at_centre === null ? null : told.entries_at_centre >= entry;
  const disputed = told.witnesses.some((one) => one.saw_another_past);
  return {
    entry,
    centre,
    witnessing: witnessing(disputed, seen.length, late.length, told.witnesses.length),
    seen: names(seen),
    waiting: names(waiting),
    late: names(late),
  };
}

function witnessing(disputed: boolean, seen: number, late: number, asked: number): Witnessing {
  if (disputed) return 'disputed';
  if (seen > 0) return 'seen';
  if (asked === 0) return 'nobody';
  return late > 0 ? 'late' : 'waits';
}
