import { describe, expect, it } from 'vitest';
import { parsePlace } from './places';

describe('a typed place', () => {
  it('is latitude, then longitude, with a comma or a space', () => {
    expect(parsePlace('42.48106, 1.41607')).toEqual([1.41607, 42.48106]);
    expect(parsePlace(' -3.5 40 ')).toEqual([40, -3.5]);
  });
  it('may be written with Arabic digits', () => {
    expect(parsePlace('٣٤٫٥، ٤١٫٢٥')).toEqual([41.25, 34.5]);
  });
  it('is none when it lies beyond the globe or is anything else', () => {
    for (const text of ['', '42.4', 'here', '91, 1', '42, 181', '1, 2, 3', '1e5, 2']) {
      expect(parsePlace(text), text).toBeNull();
    }
  });
});
