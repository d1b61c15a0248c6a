import { describe, expect, it } from 'vitest';
import { parsed, written, type Shown, type Spoken } from './address';

const SPOKEN: [Spoken, Spoken] = [
  { code: 'en', digits: 'latn' },
  { code: 'ar', digits: 'arab' },
];

const full: Shown = {
  language: 'ar',
  theme: 'red',
  digits: 'latn',
  tab: 'sensors',
  selection: { kind: 'sensor', id: 'tower-4-thermal' },
  view: { lon: 40.98, lat: 34.44, zoom: 11.5 },
  hidden: ['coverage', 'trails'],
};

describe('the address of the page', () => {
  it('gives back everything that was written to it', () => {
    expect(parsed(written(full), SPOKEN)).toEqual(full);
  });

  it('falls back to dark English alerts when it says nothing', () => {
    expect(parsed('', SPOKEN)).toMatchObject({
      language: 'en',
      theme: 'dark',
      tab: 'alerts',
      view: null,
      hidden: ['corridors'],
    });
  });

  it('tells layers that are all on from layers that nobody has touched', () => {
    const all = { ...full, hidden: [] };
    expect(written(all)).toMatch(/[?&]hide=$/);
    expect(parsed(written(all), SPOKEN)).toEqual(all);
    expect(written({ ...full, hidden: ['corridors'] })).not.toContain('hide');
  });

  it('follows the browser to Arabic and Arabic digits unless told otherwise', () => {
    expect(parsed('', SPOKEN, ['ar-IQ', 'en'])).toMatchObject({ language: 'ar', digits: 'arab' });
    expect(parsed('?lang=en', SPOKEN, ['ar-IQ'])).toMatchObject({ language: 'en', digits: 'latn' });
  });

  it('ignores nonsense field by field', () => {
    const shown = parsed('?lang=tlh&theme=pink&sel=ghost:1&map=91,0,3&hide=coverage,walls', SPOKEN);
    expect(shown).toMatchObject({ language: 'en', theme: 'dark', selection: null, view: null });
    expect(shown.hidden).toEqual(['coverage']);
  });
});
