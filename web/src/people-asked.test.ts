import { expect, it } from 'vitest';
import { labelsOf, labelsText } from './people-asked';

it('labels are read as they were written, with colons in the names of things', () => {
  const labels = { 'tower-4': ['north-only', 'shared'], 'WeatherStation::LESU': ['shared'] };
  expect(labelsOf(labelsText(labels))).toEqual(labels);
  expect(labelsOf('\n tower-4 : a ,, b \n')).toEqual({ 'tower-4': ['a', 'b'] });
  expect(labelsOf('tower-4')).toEqual({ 'tower-4': [] });
});
