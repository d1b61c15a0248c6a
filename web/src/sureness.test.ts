import { describe, expect, it } from 'vitest';
import type { RecordState } from './contract';
import { sureness } from './sureness';

const witness = (name: string, entries: number, more = {}) => ({
  name,
  url: `http://${name}/`,
  entries,
  at: null,
  problem: null,
  saw_another_past: false,
  late: false,
  ...more,
});
const record = (...witnesses: RecordState['witnesses']): RecordState => ({
  origin: 'watchline/0f3c',
  entries: 12,
  entries_signed: 12,
  entries_at_centre: null,
  entries_witnessed: null,
  unread: 'none',
  witnesses,
});

describe('how sure an entry is', () => {
  it('is witnessed from the checkpoint on that is over as many entries', () => {
    const told = record(witness('one', 7), witness('two', 6));
    expect(sureness(told, 7)).toMatchObject({
      witnessing: 'seen',
      seen: ['one'],
      waiting: ['two'],
    });
    expect(sureness(told, 8)).toMatchObject({ witnessing: 'waits', seen: [], late: [] });
    expect(sureness(told, 6).seen).toEqual(['one', 'two']);
  });

  it('tells nobody from somebody who is late, and from somebody who objects', () => {
    expect(sureness(record(), 1).witnessing).toBe('nobody');
    expect(sureness(record(witness('one', 7, { late: true })), 8)).toMatchObject({
      witnessing: 'late',
      late: ['one'],
    });
    expect(sureness(record(witness('one', 7, { problem: 'no answer' })), 8).witnessing).toBe(
      'late',
    );
    expect(sureness(record(witness('one', 7, { late: true })), 7).witnessing).toBe('seen');
    expect(sureness(record(witness('one', 7, { saw_another_past: true })), 7).witnessing).toBe(
      'disputed',
    );
  });

  it('says nothing of a centre that there is not', () => {
    expect(sureness(record(), 1).centre).toBeNull();
    const above = { ...record(), entries_at_centre: 4 };
    expect([4, 5].map((entry) => sureness(above, entry).centre)).toEqual([true, false]);
  });
});
