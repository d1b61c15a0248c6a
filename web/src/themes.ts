// The three themes: one table of colours that the page, the strip and the map all paint with.
import type { Theme } from './address';
import type { WatchState } from './contract';

export interface Palette {
  scheme: 'dark' | 'light';
  ground: string;
  /** Behind what is typed. */
  well: string;
  panel: string;
  raised: string;
  edge: string;
  edgeStrong: string;
  ink: string;
  muted: string;
  accent: string;
  accentInk: string;
  focus: string;
  high: string;
  medium: string;
  low: string;
  fine: string;
  /** Fill of a state and the ink of its hatching. */
  states: Record<WatchState, { fill: string; ink: string }>;
  map: {
    ground: string;
    shade: string;
    light: string;
    relief: [string, string];
    line: string;
    halo: string;
    label: string;
    track: string;
    unit: string;
    sensor: string;
    field: string;
    barrier: string;
    zone: string;
    zoneRestricted: string;
  };
}

const dark: Palette = {
  scheme: 'dark',
  ground: '#0d1116',
  well: '#0d1116',
  panel: '#141a21',
  raised: '#1c242d',
  edge: '#28323d',
  edgeStrong: '#43515f',
  ink: '#e3e9ee',
  muted: '#9aa8b5',
  accent: '#7cc4e8',
  accentInk: '#06202e',
  focus: '#ffd479',
  high: '#ff7468',
  medium: '#f0b64a',
  low: '#9db7c9',
  fine: '#58bfa5',
  states: {
    watched: { fill: '#3fa68d', ink: '#3fa68d' },
    degraded: { fill: '#dba436', ink: '#6b4600' },
    blind: { fill: '#7c1f2b', ink: '#ff8078' },
    unknown: { fill: '#333c46', ink: '#a9b4bf' },
  },
  map: {
    ground: '#1a2027',
    shade: '#05080b',
    light: '#56636c',
    relief: ['#151b20', '#38403f'],
    line: '#f2f5f7',
    halo: '#0b0f13',
    label: '#e3e9ee',
    track: '#ffffff',
    unit: '#7cc4e8',
    sensor: '#d5dde4',
    field: '#bcd4e2',
    barrier: '#c9b28a',
    zone: '#8fb6a5',
    zoneRestricted: '#f0b64a',
  },
};

const day: Palette = {
  scheme: 'light',
  ground: '#e9e7e1',
  well: '#ffffff',
  panel: '#fbfaf7',
  raised: '#efede7',
  edge: '#d5d1c7',
  edgeStrong: '#928c7e',
  ink: '#1a2026',
  muted: '#555e66',
  accent: '#0b5f86',
  accentInk: '#ffffff',
  focus: '#b34700',
  high: '#b3261e',
  medium: '#8a5300',
  low: '#45606f',
  fine: '#1c6f5c',
  states: {
    watched: { fill: '#2f8f78', ink: '#2f8f78' },
    degraded: { fill: '#efc052', ink: '#8a5a00' },
    blind: { fill: '#f3b9b2', ink: '#a3150f' },
    unknown: { fill: '#cfd3d6', ink: '#5b656d' },
  },
  map: {
    ground: '#e6e1d4',
    shade: '#8d8470',
    light: '#fffdf6',
    relief: ['#dcd8c8', '#f4eedd'],
    line: '#14191d',
    halo: '#ffffff',
    label: '#14191d',
    track: '#12171b',
    unit: '#0b5f86',
    sensor: '#2b343b',
    field: '#2d4a5c',
    barrier: '#6d5426',
    zone: '#2f6a55',
    zoneRestricted: '#9a5b00',
  },
};

const red: Palette = {
  scheme: 'dark',
  ground: '#090000',
  well: '#090000',
  panel: '#120202',
  raised: '#1e0505',
  edge: '#340b0a',
  edgeStrong: '#6b1d19',
  ink: '#ff6d5c',
  muted: '#e45a4c',
  accent: '#ff7a69',
  accentInk: '#1a0302',
  focus: '#ffb0a3',
  high: '#ff9687',
  medium: '#ff6d5c',
  low: '#e45a4c',
  fine: '#d95043',
  states: {
    watched: { fill: '#7a1a14', ink: '#7a1a14' },
    degraded: { fill: '#b5342a', ink: '#2b0605' },
    blind: { fill: '#1c0202', ink: '#ff8273' },
    unknown: { fill: '#2a0807', ink: '#c9463a' },
  },
  // Painted in greys; the map's overlay turns them red (see MapView).
  map: {
    ground: '#1b1b1b',
    shade: '#000000',
    light: '#555555',
    relief: ['#151515', '#383838'],
    line: '#ffffff',
    halo: '#000000',
    label: '#f2f2f2',
    track: '#ffffff',
    unit: '#ffffff',
    sensor: '#dddddd',
    field: '#bbbbbb',
    barrier: '#b0b0b0',
    zone: '#999999',
    zoneRestricted: '#cccccc',
  },
};

export const PALETTES: Record<Theme, Palette> = { dark, day, red };

/** The colours for the map's own pixels: as the page's, but greys where an overlay reddens them. */
export const MAP_PALETTES: Record<Theme, Palette> = {
  dark,
  day,
  red: {
    ...red,
    high: '#ffffff',
    medium: '#dddddd',
    low: '#b0b0b0',
    muted: '#a0a0a0',
    states: {
      watched: { fill: '#8a8a8a', ink: '#8a8a8a' },
      degraded: { fill: '#c8c8c8', ink: '#202020' },
      blind: { fill: '#101010', ink: '#ffffff' },
      unknown: { fill: '#303030', ink: '#b0b0b0' },
    },
  },
};

/** Gives the page's style sheet the colours of a theme. */
export function wear(theme: Theme): void {
  const palette = PALETTES[theme];
  const root = document.documentElement;
  root.dataset.theme = theme;
  root.style.colorScheme = palette.scheme;
  for (const [name, value] of Object.entries(palette)) {
    if (typeof value === 'string') root.style.setProperty(`--${dashed(name)}`, value);
  }
}

const dashed = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
