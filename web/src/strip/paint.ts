// Paints the strip and its past on canvases, hatched per state.
import type { StripRow, WatchState } from '../contract';
import type { Palette } from '../themes';
import { hatchTile, TILE_PX } from './hatch';
import { runs, statesOf } from './states';
import { WORDS } from '../contract';

type Spans = readonly (readonly [from: number, to: number])[];
type Fills = Record<WatchState, CanvasPattern>;

function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext('2d')!;
  pen.scale(scale, scale);
  return pen;
}

function fills(pen: CanvasRenderingContext2D, palette: Palette): Fills {
  const scale = devicePixelRatio || 1;
  const entries = WORDS.state.map((state) => {
    const tile = hatchTile(state, palette, scale);
    const pattern = pen.createPattern(tile, 'repeat')!;
    pattern.setTransform(new DOMMatrix().scale(TILE_PX / tile.width));
    return [state, pattern];
  });
  return Object.fromEntries(entries) as Fills;
}

/** Left and right of a run of stretches, whichever way the strip runs. */
function reach(spans: Spans, from: number, to: number): [number, number] {
  const [a, b] = [spans[from]!, spans[to - 1]!];
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}

export interface Band {
  width: number;
  height: number;
  spans: Spans;
  states: readonly WatchState[];
  palette: Palette;
}

export function paintBand(canvas: HTMLCanvasElement, band: Band): void {
  const { width, height, spans, states, palette } = band;
  const pen = sized(canvas, width, height);
  const fill = fills(pen, palette);
  for (const { from, to, state } of runs(states)) {
    const [left, right] = reach(spans, from, to);
    pen.fillStyle = fill[state];
    pen.fillRect(left, 0, right - left, height);
    pen.fillStyle = palette.ground;
    pen.fillRect(right - 0.5, 0, 1, height);
  }
}

export interface Coming {
  width: number;
  height: number;
  spans: Spans;
  /** One row for each hour; null where nothing is forecast. */
  rows: readonly (string | null)[];
  palette: Palette;
}

/** The next hour on top. Hours that no forecast reaches stay empty. */
export function paintComing(canvas: HTMLCanvasElement, coming: Coming): void {
  const { width, height, spans, rows, palette } = coming;
  const pen = sized(canvas, width, height);
  const fill = fills(pen, palette);
  const step = height / Math.max(rows.length, 1);
  pen.fillStyle = palette.raised;
  pen.fillRect(0, 0, width, height);
  rows.forEach((row, i) => {
    if (row === null) return;
    for (const { from, to, state } of runs(statesOf(row).slice(0, spans.length))) {
      const [left, right] = reach(spans, from, to);
      pen.fillStyle = fill[state];
      pen.fillRect(left, i * step, right - left, step - 1);
    }
  });
}

export interface Past {
  width: number;
  height: number;
  spans: Spans;
  rows: readonly StripRow[];
  until: number;
  span_ms: number;
  palette: Palette;
}

/** Newest on top; each row holds until the next. Time nobody recorded stays empty. */
export function paintPast(canvas: HTMLCanvasElement, past: Past): void {
  const { width, height, spans, rows, until, span_ms, palette } = past;
  const pen = sized(canvas, width, height);
  const fill = fills(pen, palette);
  const y = (at: number) => Math.min(height, Math.max(0, ((until - at) / span_ms) * height));
  pen.fillStyle = palette.raised;
  pen.fillRect(0, 0, width, height);
  rows.forEach((row, i) => {
    const bottom = y(Date.parse(row.at));
    const top = i + 1 < rows.length ? y(Date.parse(rows[i + 1]!.at)) : 0;
    if (bottom - top < 0.25) return;
    for (const { from, to, state } of runs(statesOf(row.states).slice(0, spans.length))) {
      const [left, right] = reach(spans, from, to);
      pen.fillStyle = fill[state];
      pen.fillRect(left, top, right - left, bottom - top);
    }
  });
}
