// What the page shows, as its address says it: parsed and written here, and nowhere else.
export const TABS = ['alerts', 'tracks', 'sensors', 'units', 'stretches', 'places'] as const;
export const THEMES = ['dark', 'day', 'red'] as const;
export const DIGITS = ['latn', 'arab'] as const;
export const LAYERS = ['coverage', 'corridors', 'fields', 'trails'] as const;
/** Layers that are off until a person asks for them. */
const HIDDEN: readonly Layer[] = ['corridors'];
export const KINDS = ['alert', 'track', 'direction', 'sensor', 'unit', 'stretch', 'place'] as const;

export type Tab = (typeof TABS)[number];
export type Theme = (typeof THEMES)[number];
export type Digits = (typeof DIGITS)[number];
export type Layer = (typeof LAYERS)[number];
export type Kind = (typeof KINDS)[number];

export interface Selection {
  kind: Kind;
  id: string;
}

export interface View {
  lon: number;
  lat: number;
  zoom: number;
}

export interface Shown {
  language: string;
  theme: Theme;
  digits: Digits;
  tab: Tab;
  selection: Selection | null;
  view: View | null;
  hidden: readonly Layer[];
}

function oneOf<T extends string>(words: readonly T[], value: string | null): T | null {
  return words.find((word) => word === value) ?? null;
}

function selectionOf(value: string | null): Selection | null {
  const [, kind, id] = /^([a-z]+):(.+)$/.exec(value ?? '') ?? [];
  const known = oneOf(KINDS, kind ?? null);
  return known && id ? { kind: known, id } : null;
}

function viewOf(value: string | null): View | null {
  const [lat, lon, zoom, ...rest] = (value ?? '').split(',').map(Number);
  if (lat === undefined || lon === undefined || zoom === undefined || rest.length) return null;
  const sound = Math.abs(lat) <= 85 && Math.abs(lon) <= 180 && zoom >= 0 && zoom <= 22;
  return sound ? { lon, lat, zoom } : null;
}

/** A language that the page has, and the digits its readers expect. */
export interface Spoken {
  code: string;
  digits: Digits;
}

/**
 * Reads the query part of an address; what is missing or unknown falls back to a default: the first
 * language that the browser prefers and the page has, else the first that the page has.
 */
export function parsed(
  query: string,
  languages: readonly [Spoken, ...Spoken[]],
  preferred: readonly string[] = [],
): Shown {
  const given = new URLSearchParams(query);
  const named = (tag: string | null) => languages.find(({ code }) => tag?.split('-')[0] === code);
  const { code: language, digits } =
    named(given.get('lang')) ?? preferred.map(named).find((known) => known) ?? languages[0];
  const hidden = given.get('hide')?.split(',') ?? HIDDEN;
  return {
    language,
    theme: oneOf(THEMES, given.get('theme')) ?? 'dark',
    digits: oneOf(DIGITS, given.get('digits')) ?? digits,
    tab: oneOf(TABS, given.get('tab')) ?? 'alerts',
    selection: selectionOf(given.get('sel')),
    view: viewOf(given.get('map')),
    hidden: LAYERS.filter((layer) => (hidden as readonly string[]).includes(layer)),
  };
}

/** Writes the query part of an address that [`parsed`] reads back. */
export function written(shown: Shown): string {
  const { selection, view } = shown;
  const parts: [string, string][] = [
    ['lang', shown.language],
    ['theme', shown.theme],
    ['digits', shown.digits],
    ['tab', shown.tab],
  ];
  if (selection) parts.push(['sel', `${selection.kind}:${selection.id}`]);
  if (view)
    parts.push(['map', [view.lat.toFixed(5), view.lon.toFixed(5), view.zoom.toFixed(2)].join(',')]);
  const hidden = LAYERS.filter((layer) => shown.hidden.includes(layer)).join(',');
  if (hidden !== HIDDEN.join(',')) parts.push(['hide', hidden]);
  return `?${parts.map(([key, value]) => `${key}=${encodeURI(value)}`).join('&')}`;
}
