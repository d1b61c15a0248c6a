import { expect, test } from 'vitest';
import { obstacle } from './passkeys';

test('passkeys need the page by a name, and securely', () => {
  expect(obstacle({ hostname: '192.0.2.7' }, true)).toBe('address');
  expect(obstacle({ hostname: '[2001:db8::7]' }, true)).toBe('address');
  expect(obstacle({ hostname: 'post-3.example' }, false)).toBe('address');
  // No browser runs this test.
  expect(obstacle({ hostname: 'post-3.example' }, true)).toBe('browser');
});
