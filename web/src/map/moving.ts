// Layers of what moves: looks, tracks, units, sensors, alerts, over everything else.
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { Palette } from '../themes';
import { selected, text, whenSelected, whenSelectedText } from './paint';
import type { Live } from './style';

/** Signs shrink when the whole line is in view, so that they do not hide it. */
const SIZE: ExpressionSpecification = [
  'interpolate',
  ['linear'],
  ['zoom'],
  9,
  whenSelected(1.1, 0.72),
  12,
  whenSelected(1.25, 1),
];

export function moving(palette: Palette): LayerSpecification[] {
  const { map } = palette;
  const named = (id: Live, offset: number, minzoom: number): LayerSpecification =>
    ({
      id,
      type: 'symbol',
      source: id,
      ...text(
        palette,
        {
          'icon-image': ['get', 'image'],
          'icon-allow-overlap': true,
          'icon-ignore-placement': true,
          'icon-size': SIZE,
          'text-field': ['step', ['zoom'], whenSelectedText(''), minzoom, ['get', 'text']],
          'text-anchor': 'top',
          'text-offset': [0, offset],
          'text-size': 11,
        },
        id === 'tracks' ? { 'icon-opacity': ['get', 'opacity'] } : {},
      ),
    }) as LayerSpecification;
  return [
    {
      id: 'crossing',
      type: 'line',
      source: 'crossing',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': map.track, 'line-width': 2.4, 'line-dasharray': [0.4, 1.8] },
    },
    {
      id: 'crossing-critical',
      type: 'circle',
      source: 'crossing',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': 5,
        'circle-color': map.halo,
        'circle-stroke-color': map.track,
        'circle-stroke-width': 2,
      },
    },
    {
      id: 'crossing-name',
      type: 'symbol',
      source: 'crossing',
      filter: ['==', ['geometry-type'], 'Point'],
      ...text(palette, {
        'text-field': ['get', 'text'],
        'text-size': 11,
        'text-anchor': 'bottom',
        'text-offset': [0, -0.7],
      }),
    } as LayerSpecification,
    {
      id: 'ways',
      type: 'line',
      source: 'ways',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        'line-color': map.unit,
        'line-width': ['match', ['get', 'what'], 'chosen', 4, 'proposed', 1.6, 2],
        'line-opacity': ['match', ['get', 'what'], 'proposed', 0.5, 1],
        'line-dasharray': [
          'match',
          ['get', 'what'],
          'chosen',
          ['literal', [1]],
          ['literal', [1.5, 2]],
        ],
      },
    },
    {
      id: 'trails',
      type: 'line',
      source: 'trails',
      paint: { 'line-color': map.track, 'line-width': 1.6, 'line-opacity': 0.55 },
    },
    {
      id: 'looks-ground',
      type: 'fill',
      source: 'looks',
      filter: ['in', ['get', 'what'], ['literal', ['view', 'seen']]],
      paint: { 'fill-color': map.field, 'fill-opacity': whenSelected(0.28, 0.12) },
    },
    {
      id: 'looks',
      type: 'line',
      source: 'looks',
      filter: ['in', ['get', 'what'], ['literal', ['view', 'seen', 'hidden']]],
      paint: {
        'line-color': ['match', ['get', 'what'], 'hidden', map.track, map.field],
        'line-width': whenSelected(2.2, 1.2),
        'line-dasharray': [3, 1.5],
      },
    },
    {
      id: 'orders',
      type: 'line',
      source: 'looks',
      filter: ['==', ['get', 'what'], 'order'],
      layout: { 'line-cap': 'round' },
      paint: { 'line-color': map.label, 'line-width': 2, 'line-dasharray': [0.5, 2] },
    },
    {
      id: 'orders-places',
      type: 'circle',
      source: 'looks',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': 5,
        'circle-color': ['case', ['get', 'picked'], map.label, map.halo],
        'circle-stroke-color': map.label,
        'circle-stroke-width': 2,
      },
    },
    {
      id: 'marks-ground',
      type: 'fill',
      source: 'marks',
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': map.label, 'fill-opacity': 0.08 },
    },
    {
      id: 'marks',
      type: 'line',
      source: 'marks',
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'line-color': map.label, 'line-width': 1.2, 'line-dasharray': [1, 2] },
    },
    {
      id: 'marks-names',
      type: 'symbol',
      source: 'marks',
      filter: ['==', ['geometry-type'], 'Point'],
      ...text(palette, {
        'text-field': ['get', 'text'],
        'text-size': 11,
        'text-anchor': 'top',
        'text-offset': [0, 0.4],
      }),
    } as LayerSpecification,
    {
      id: 'pictures-ground',
      type: 'fill',
      source: 'pictures',
      paint: { 'fill-color': map.label, 'fill-opacity': 0.12 },
    },
    {
      id: 'pictures',
      type: 'line',
      source: 'pictures',
      paint: { 'line-color': map.label, 'line-width': 1.6 },
    },
    {
      id: 'evidence-place',
      type: 'line',
      source: 'evidence',
      paint: { 'line-color': map.label, 'line-width': 1.6, 'line-dasharray': [2, 2] },
    },
    {
      id: 'evidence',
      type: 'circle',
      source: 'evidence',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: {
        'circle-radius': 4,
        'circle-color': map.halo,
        'circle-stroke-color': map.label,
        'circle-stroke-width': 1.6,
      },
    },
    {
      id: 'evidence-name',
      type: 'symbol',
      source: 'evidence',
      ...text(palette, {
        'text-field': ['get', 'text'],
        'text-size': 11,
        'text-anchor': 'bottom',
        'text-offset': [0, -0.7],
      }),
    } as LayerSpecification,
    {
      id: 'directions',
      type: 'fill',
      source: 'directions',
      paint: { 'fill-color': map.track, 'fill-opacity': whenSelected(0.22, 0.1) },
    },
    {
      id: 'directions-edge',
      type: 'line',
      source: 'directions',
      paint: {
        'line-color': map.track,
        'line-width': whenSelected(2.2, 1.2),
        'line-opacity': ['get', 'opacity'],
        'line-dasharray': [3, 2],
      },
    },
    {
      id: 'ellipses',
      type: 'fill',
      source: 'ellipses',
      paint: {
        'fill-color': map.track,
        'fill-opacity': ['*', ['get', 'weight'], whenSelected(0.2, 0.09)],
      },
    },
    {
      id: 'ellipses-edge',
      type: 'line',
      source: 'ellipses',
      paint: {
        'line-color': map.track,
        'line-width': 1.2,
        'line-opacity': ['case', selected, 1, ['+', 0.12, ['*', 0.5, ['get', 'weight']]]],
      },
    },
    named('sensors', 1.1, 11.5),
    named('units', 1.1, 10.2),
    {
      id: 'headings',
      type: 'symbol',
      source: 'tracks',
      filter: ['get', 'moving'],
      layout: {
        'icon-image': ['get', 'arrow'],
        'icon-rotate': ['get', 'heading'],
        'icon-rotation-alignment': 'map',
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
      },
    },
    named('tracks', 1, 9),
    {
      id: 'alerts',
      type: 'symbol',
      source: 'alerts',
      layout: {
        'icon-image': ['get', 'image'],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'icon-anchor': 'bottom',
        'icon-offset': [0, -8],
        'icon-size': whenSelected(1.25, 1),
        'symbol-sort-key': ['get', 'order'],
      },
    },
  ];
}
