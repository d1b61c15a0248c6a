// The map's style: the station's own terrain and coverage below, the line and the picture above.
import type {
  ExpressionSpecification,
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from 'maplibre-gl';
import arabicBold from '@fontsource/ibm-plex-sans-arabic/files/ibm-plex-sans-arabic-arabic-500-normal.woff2?url';
import latinBold from '@fontsource/ibm-plex-sans/files/ibm-plex-sans-latin-500-normal.woff2?url';
import type { Layer } from '../address';
import type { Sector } from '../contract';
import type { Palette } from '../themes';
import { NOTHING } from './features';
import { FONT, selected, text, whenSelected } from './paint';
import { moving } from './moving';

const root = (): string => new URL('.', document.baseURI).href;
const absolute = (url: string): string => new URL(url, document.baseURI).href;

/** Sources that the picture fills. */
export const LIVE = [
  'outside',
  'places',
  'fields',
  'stretches',
  'posts',
  'crossing',
  'ways',
  'trails',
  'evidence',
  'looks',
  'marks',
  'pictures',
  'directions',
  'ellipses',
  'sensors',
  'units',
  'tracks',
  'alerts',
] as const;
export type Live = (typeof LIVE)[number];

/** Layers that a person may hide, by what they call it. */
export const HIDEABLE: Record<Exclude<Layer, Raster>, string[]> = {
  fields: [
    'fields',
    'fields-edge',
    'looks-ground',
    'looks',
    'marks-ground',
    'marks',
    'marks-names',
  ],
  trails: ['trails'],
};

/** Layers that answer a click, the nearest to the eye first. */
export const CLICKABLE = [
  'alerts',
  'tracks',
  'units',
  'sensors',
  'directions',
  'stretches',
  'barriers',
  'zones',
];

/** Layers that the station draws anew whenever sight has changed. */
export const RASTERS = ['coverage', 'corridors'] as const satisfies Layer[];
export type Raster = (typeof RASTERS)[number];

export const RASTERS_BELOW = 'outside';

export const rasterId = (raster: Raster, version: number): string => `${raster}-${version}`;
export const isOf = (raster: Raster, id: string): boolean => id.startsWith(`${raster}-`);

export const rasterSource = (
  sector: Sector,
  raster: Raster,
  version: number,
): SourceSpecification => ({
  type: 'raster',
  tiles: [`${root()}tiles/${raster}/{z}/{x}/{y}.png?v=${version}`],
  tileSize: 256,
  minzoom: 6,
  maxzoom: 13,
  bounds: sector.bounds,
});

export const rasterLayer = (id: string): LayerSpecification => ({
  id,
  type: 'raster',
  source: id,
  paint: { 'raster-opacity': 0.5, 'raster-fade-duration': 0, 'raster-resampling': 'linear' },
});

/** The whole style, with whatever the picture held last. */
export function style(sector: Sector, palette: Palette, live: LiveContent): StyleSpecification {
  return {
    version: 8,
    transition: { duration: 0, delay: 0 },
    'font-faces': {
      [FONT]: [
        { url: absolute(latinBold), 'unicode-range': ['U+0-2FF', 'U+2000-206F'] },
        { url: absolute(arabicBold), 'unicode-range': ['U+600-6FF', 'U+FB50-FDFF', 'U+FE70-FEFF'] },
      ],
    },
    sources: {
      dem: {
        type: 'raster-dem',
        tiles: [`${root()}tiles/dem/{z}/{x}/{y}.png`],
        encoding: 'terrarium',
        tileSize: 256,
        minzoom: 6,
        maxzoom: 13,
        bounds: sector.bounds,
      },
      ...Object.fromEntries(
        LIVE.map((name) => [name, { type: 'geojson', data: live[name] ?? NOTHING } as const]),
      ),
    },
    layers: [...ground(palette), ...plans(palette), ...moving(palette)],
  };
}

export type LiveContent = Partial<Record<Live, GeoJSON.FeatureCollection>>;

function ground({ map }: Palette): LayerSpecification[] {
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': map.ground } },
    {
      id: 'hillshade',
      type: 'hillshade',
      source: 'dem',
      paint: {
        'hillshade-method': 'multidirectional',
        'hillshade-exaggeration': 0.45,
        'hillshade-shadow-color': [map.shade, map.shade, map.shade, map.shade],
        'hillshade-highlight-color': [map.light, map.light, map.light, map.light],
        'hillshade-illumination-direction': [270, 315, 0, 45],
        'hillshade-illumination-altitude': [30, 35, 30, 30],
      },
    },
  ];
}

function plans(palette: Palette): LayerSpecification[] {
  const { map } = palette;
  const zoneColour: ExpressionSpecification = [
    'match',
    ['get', 'what'],
    'restricted',
    map.zoneRestricted,
    map.zone,
  ];
  return [
    {
      id: 'outside',
      type: 'fill',
      source: 'outside',
      paint: { 'fill-color': map.ground, 'fill-opacity': 0.5, 'fill-antialias': false },
    },
    {
      id: 'zones',
      type: 'fill',
      source: 'places',
      filter: ['==', ['get', 'shape'], 'zone'],
      paint: { 'fill-color': zoneColour, 'fill-opacity': whenSelected(0.3, 0.1) },
    },
    {
      id: 'zones-edge',
      type: 'line',
      source: 'places',
      filter: ['==', ['get', 'shape'], 'zone'],
      paint: {
        'line-color': zoneColour,
        'line-width': whenSelected(2.5, 1.2),
        'line-dasharray': [3, 2],
      },
    },
    {
      id: 'zones-name',
      type: 'symbol',
      source: 'places',
      filter: ['==', ['get', 'shape'], 'zone'],
      minzoom: 10,
      ...text(palette, { 'text-field': ['get', 'text'], 'text-size': 11 }, { 'text-opacity': 0.9 }),
    } as LayerSpecification,
    {
      id: 'fields',
      type: 'fill',
      source: 'fields',
      paint: { 'fill-color': map.field, 'fill-opacity': whenSelected(0.16, 0) },
    },
    {
      id: 'fields-edge',
      type: 'line',
      source: 'fields',
      paint: {
        'line-color': map.field,
        'line-width': whenSelected(1.8, 0.8),
        'line-opacity': ['case', selected, 1, ['get', 'working'], 0.34, 0.14],
      },
    },
    {
      id: 'barriers',
      type: 'line',
      source: 'places',
      filter: ['==', ['get', 'shape'], 'barrier'],
      paint: {
        'line-color': map.barrier,
        'line-width': whenSelected(4, 2),
        'line-dasharray': [0.6, 1.2],
      },
    },
    {
      id: 'barriers-name',
      type: 'symbol',
      source: 'places',
      filter: ['==', ['get', 'shape'], 'barrier'],
      minzoom: 11,
      ...text(palette, {
        'symbol-placement': 'line',
        'text-field': ['get', 'text'],
        'text-size': 11,
        'text-offset': [0, 1],
      }),
    } as LayerSpecification,
    {
      id: 'stretches-casing',
      type: 'line',
      source: 'stretches',
      layout: { 'line-cap': 'butt', 'line-join': 'round' },
      paint: { 'line-color': map.line, 'line-width': whenSelected(14, 10) },
    },
    {
      id: 'stretches',
      type: 'line',
      source: 'stretches',
      paint: { 'line-pattern': ['image', ['get', 'image']], 'line-width': 8 },
    },
    {
      id: 'posts',
      type: 'symbol',
      source: 'posts',
      ...text(palette, {
        'text-field': ['get', 'text'],
        'text-size': 11,
        'text-anchor': 'left',
        'text-offset': [0.9, 0],
        'symbol-sort-key': ['case', ['get', 'major'], 0, 1],
      }),
    } as LayerSpecification,
  ];
}
