// What layers of the map share: how text looks, and what is selected.
import type { ExpressionSpecification } from 'maplibre-gl';
import type { Palette } from '../themes';

export const FONT = 'Watchline';

export const selected: ExpressionSpecification = ['boolean', ['get', 'selected'], false];
export const whenSelected = <T extends string | number>(yes: T, no: T): ExpressionSpecification => [
  'case',
  selected,
  yes,
  no,
];

export function text(
  palette: Palette,
  layout: Record<string, unknown>,
  paint: Record<string, unknown> = {},
) {
  return {
    layout: { 'text-font': [FONT], 'text-size': 12, 'text-optional': true, ...layout },
    paint: {
      'text-color': palette.map.label,
      'text-halo-color': palette.map.halo,
      'text-halo-width': 1.4,
      ...paint,
    },
  };
}

export const whenSelectedText = (otherwise: string): ExpressionSpecification => [
  'case',
  selected,
  ['get', 'text'],
  otherwise,
];
