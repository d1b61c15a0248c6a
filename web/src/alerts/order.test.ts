import { describe, expect, it } from 'vitest';
import { WORDS, type Alert } from '../contract';
import { aside, distress, likelyTask, ordered, outcomesFor, waiting } from './order';

const alert = (id: number, change: Partial<Alert>): Alert => ({
  id,
  kind: 'crossing-predicted',
  priority: 'medium',
  stage: 'raised',
  state: 'unacknowledged',
  active: true,
  latches: false,
  calls: 1,
  raised_at: `2026-11-20T19:0${id}:00Z`,
  changed_at: `2026-11-20T19:0${id}:00Z`,
  at: null,
  stretch: null,
  km: null,
  track: null,
  sensor: null,
  place: null,
  sensors: [],
  confidence: 1,
  needs_help: null,
  unit: null,
  outcome: null,
  by: null,
  tasks: [],
  history: [],
  ...change,
});

describe('the order of alerts', () => {
  it('puts what waits for a person before what somebody has in hand, whatever its priority', () => {
    const list = ordered([
      alert(1, { stage: 'acknowledged', state: 'acknowledged', priority: 'high' }),
      alert(2, { priority: 'low' }),
      alert(3, { stage: 'closed', priority: 'high' }),
      alert(4, { priority: 'high' }),
      alert(5, { priority: 'high' }),
    ]);
    expect(list.map((a) => a.id)).toEqual([5, 4, 2, 1, 3]);
    expect(list.map(aside)).toEqual([false, false, false, false, false]);
    expect(waiting(list).map((a) => a.id)).toEqual([5, 4, 2]);
  });

  it('proposes help before anything else where help may be needed', () => {
    expect(likelyTask(alert(1, { kind: 'possible-distress' }))).toBe('assist');
    expect(likelyTask(alert(1, { kind: 'crossed', needs_help: true }))).toBe('assist');
    expect(likelyTask(alert(1, { kind: 'crossed', needs_help: false }))).toBe('approach');
    expect(likelyTask(alert(1, { kind: 'sensor-lost' }))).toBe('inspect');
  });

  it('puts aside what is shelved or suppressed, and what is over waits until it is acknowledged', () => {
    const list = ordered([
      alert(1, { state: 'shelved', priority: 'high' }),
      alert(2, { state: 'normal', stage: 'acknowledged' }),
      alert(3, { state: 'returned-unacknowledged', priority: 'low' }),
      alert(4, { state: 'out-of-service' }),
    ]);
    expect(list.map((a) => a.id)).toEqual([3, 2, 1, 4]);
    expect(waiting(list).map((a) => a.id)).toEqual([3]);
    expect(distress(alert(1, { kind: 'crossed', needs_help: true }))).toBe(true);
    expect(distress(alert(1, { kind: 'crossed' }))).toBe(false);
  });

  it('offers every outcome once', () => {
    for (const kind of WORDS.kind) {
      const offered = outcomesFor(alert(1, { kind }));
      expect([...offered].sort()).toEqual([...WORDS.outcome].sort());
    }
  });
});
