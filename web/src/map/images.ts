// Draws the map's signs from the page's own icons, on demand: a name says all of what is drawn.
import type { Theme } from '../address';
import type { WatchState } from '../contract';
import { SIGNS, type Sign } from '../icons';
import { hatchTile, TILE_PX } from '../strip/hatch';
import { MAP_PALETTES, type Palette } from '../themes';

const SCALE = 2;

export interface Drawn {
  pixels: ImageData;
  ratio: number;
}

type Pen = CanvasRenderingContext2D;

function drawn(side: number, draw: (pen: Pen) => void): Drawn {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side * SCALE;
  const pen = canvas.getContext('2d')!;
  pen.scale(SCALE, SCALE);
  pen.translate(side / 2, side / 2);
  draw(pen);
  return { pixels: pen.getImageData(0, 0, side * SCALE, side * SCALE), ratio: SCALE };
}

/** A sign centred on the origin, `size` pixels wide. */
function sign(pen: Pen, name: Sign, size: number, fill: string, halo?: string): void {
  pen.save();
  pen.scale(size / 24, size / 24);
  pen.translate(-12, -12);
  const path = new Path2D(SIGNS[name]);
  if (halo) {
    pen.lineWidth = (4 * 24) / size;
    pen.lineJoin = 'round';
    pen.strokeStyle = halo;
    pen.stroke(path);
  }
  pen.fillStyle = fill;
  pen.fill(path, 'evenodd');
  pen.restore();
}

function disc(pen: Pen, radius: number, fill: string, edge: string, dash: number[] = []): void {
  pen.beginPath();
  pen.arc(0, 0, radius, 0, 2 * Math.PI);
  pen.fillStyle = fill;
  pen.fill();
  pen.setLineDash(dash);
  pen.lineWidth = 1.6;
  pen.strokeStyle = edge;
  pen.stroke();
  pen.setLineDash([]);
}

const signOf = (name: string): Sign => (name in SIGNS ? (name as Sign) : 'unknown');

function badge(pen: Pen, health: string, palette: Palette): void {
  if (health === 'working') return;
  const ink = health === 'down' ? palette.high : palette.medium;
  pen.save();
  pen.translate(8.5, -8.5);
  disc(pen, 5.5, palette.map.halo, ink);
  pen.strokeStyle = pen.fillStyle = ink;
  pen.lineWidth = 1.8;
  pen.beginPath();
  if (health === 'down' || health === 'quarantined') {
    pen.moveTo(-2.2, -2.2);
    pen.lineTo(2.2, 2.2);
    pen.moveTo(2.2, -2.2);
    pen.lineTo(-2.2, 2.2);
  } else if (health === 'stale') {
    pen.moveTo(0, -3);
    pen.lineTo(0, 0);
    pen.lineTo(2.2, 1.4);
  } else {
    pen.moveTo(-2.6, 0);
    pen.lineTo(2.6, 0);
  }
  pen.stroke();
  pen.restore();
}

function sensor(kind: string, health: string, palette: Palette): Drawn {
  const { map } = palette;
  return drawn(32, (pen) => {
    const lost = health !== 'working';
    disc(pen, 10, map.halo, lost ? palette.muted : map.sensor, lost ? [3, 2.5] : []);
    sign(pen, signOf(kind), 13, lost ? palette.muted : map.sensor);
    badge(pen, health, palette);
  });
}

function unit(mobility: string, busy: string, palette: Palette): Drawn {
  const { map } = palette;
  const [fill, ink] = busy === 'busy' ? [map.unit, map.halo] : [map.halo, map.unit];
  return drawn(32, (pen) => {
    pen.beginPath();
    pen.roundRect(-11, -11, 22, 22, 5);
    pen.fillStyle = fill;
    pen.fill();
    pen.lineWidth = 1.8;
    pen.strokeStyle = map.unit;
    pen.stroke();
    sign(pen, signOf(mobility), 16, ink);
  });
}

function alert(priority: string, stage: string, palette: Palette): Drawn {
  const colours: Record<string, string> = { high: palette.high, medium: palette.medium };
  const colour = colours[priority] ?? palette.low;
  return drawn(36, (pen) => {
    if (stage === 'raised') {
      pen.globalAlpha = 0.28;
      disc(pen, 15, colour, colour);
      pen.globalAlpha = 1;
    }
    sign(pen, 'alert', 20, colour, palette.map.halo);
  });
}

function heading(palette: Palette): Drawn {
  return drawn(52, (pen) => {
    pen.beginPath();
    pen.moveTo(0, -24);
    pen.lineTo(5, -14);
    pen.lineTo(0, -16.5);
    pen.lineTo(-5, -14);
    pen.closePath();
    pen.lineWidth = 3;
    pen.lineJoin = 'round';
    pen.strokeStyle = palette.map.halo;
    pen.stroke();
    pen.fillStyle = palette.map.track;
    pen.fill();
  });
}

function hatch(state: string, palette: Palette): Drawn {
  const tile = hatchTile(state as WatchState, palette, SCALE);
  const pixels = tile.getContext('2d')!.getImageData(0, 0, tile.width, tile.height);
  return { pixels, ratio: tile.width / TILE_PX };
}

/** Draws the image of a name such as `sensor/radar/down/dark`; null for a name not ours. */
export function imageNamed(name: string): Drawn | null {
  const [kind, ...words] = name.split('/');
  const palette = MAP_PALETTES[words.at(-1) as Theme] as Palette | undefined;
  if (!palette) return null;
  const [first = '', second = ''] = words;
  switch (kind) {
    case 'track':
      return drawn(32, (pen) => {
        sign(pen, signOf(first), 22, palette.map.track, palette.map.halo);
      });
    case 'sensor':
      return sensor(first, second, palette);
    case 'unit':
      return unit(first, second, palette);
    case 'alert':
      return alert(first, second, palette);
    case 'heading':
      return heading(palette);
    case 'hatch':
      return hatch(first, palette);
    default:
      return null;
  }
}
