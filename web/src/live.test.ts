import { describe, expect, it } from 'vitest';
import { jump } from './live';

describe('a live view', () => {
  it('goes on where it is while it is near enough', () => {
    expect(jump(9, 0, 10)).toBeNull();
    expect(jump(8, 0, 10)).toBeNull();
  });
  it('jumps to the newest pictures when it fell behind', () => {
    expect(jump(3, 0, 10)).toBeCloseTo(9.7);
  });
  it('jumps to what is there when it stands before it', () => {
    expect(jump(0, 9.9, 10)).toBeCloseTo(9.9);
  });
});
