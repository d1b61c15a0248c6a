// Hatching of the watch states, drawn once for the strip, its legend and the map.
import type { WatchState } from '../contract';
import type { Palette } from '../themes';

/** Side of the square that repeats, in CSS pixels. */
export const TILE_PX = 8;

function stroke(pen: CanvasRenderingContext2D, ink: string, width: number, lines: number[][]) {
  pen.strokeStyle = ink;
  pen.lineWidth = width;
  pen.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    pen.moveTo(x0!, y0!);
    pen.lineTo(x1!, y1!);
  }
  pen.stroke();
}

const S = TILE_PX;
// Each diagonal runs past the edges and is repeated a tile away, so that tiles join.
const RISING = [-S, 0, S].map((shift) => [shift - 2, S + 2, shift + S + 2, -2]);
const FALLING = [-S, 0, S].map((shift) => [shift - 2, -2, shift + S + 2, S + 2]);

const MARKS: Record<WatchState, (pen: CanvasRenderingContext2D, ink: string) => void> = {
  watched: () => {},
  degraded: (pen, ink) => stroke(pen, ink, 1.7, RISING),
  blind: (pen, ink) => stroke(pen, ink, 1.4, [...RISING, ...FALLING]),
  unknown: (pen, ink) => {
    pen.fillStyle = ink;
    for (const [x, y] of [
      [2, 2],
      [6, 6],
    ]) {
      pen.beginPath();
      pen.arc(x!, y!, 1.05, 0, 2 * Math.PI);
      pen.fill();
    }
  },
};

/** One tile of a state's hatching at a device-pixel scale. */
export function hatchTile(state: WatchState, palette: Palette, scale: number): HTMLCanvasElement {
  const tile = document.createElement('canvas');
  tile.width = tile.height = Math.round(TILE_PX * scale);
  const pen = tile.getContext('2d')!;
  pen.scale(tile.width / TILE_PX, tile.height / TILE_PX);
  pen.fillStyle = palette.states[state].fill;
  pen.fillRect(0, 0, TILE_PX, TILE_PX);
  MARKS[state](pen, palette.states[state].ink);
  return tile;
}
