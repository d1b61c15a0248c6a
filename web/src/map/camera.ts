// Moves the map when a person picks something that is out of sight, and never otherwise.
import type { Map as View } from 'maplibre-gl';
import type { Selection } from '../address';
import type { Place, Sector } from '../contract';
import { away } from '../geometry';
import { picture } from '../picture.svelte';

/** Where a member of the picture is now, or null when it is nowhere. */
export function placeOf(sector: Sector, { kind, id }: Selection): Place | null {
  switch (kind) {
    case 'alert':
      return picture.alerts.get(Number(id))?.at ?? null;
    case 'track':
      return picture.track(Number(id))?.at ?? null;
    case 'direction': {
      const known = picture.directions.find((direction) => direction.id === id);
      if (!known) return null;
      const [near_m, far_m] = known.ranges_m;
      return away(known.from, known.azimuth_deg, (near_m + far_m) / 2);
    }
    case 'unit':
      return picture.units.get(id)?.at ?? null;
    case 'sensor':
      return (picture.sensors.get(id) ?? sector.sensors.find((s) => s.id === id))?.at ?? null;
    case 'stretch': {
      const places = sector.stretches.find((s) => s.id === Number(id))?.coordinates;
      return places?.[Math.floor(places.length / 2)] ?? null;
    }
    case 'place': {
      const outline = [...sector.zones, ...sector.barriers].find((p) => p.id === id)?.coordinates;
      return outline?.[Math.floor(outline.length / 2)] ?? null;
    }
  }
}

/** The smallest box round some places. */
export function boundsOf(places: readonly Place[]): [number, number, number, number] {
  const lons = places.map(([lon]) => lon);
  const lats = places.map(([, lat]) => lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

const MARGIN_PX = 64;

/** Brings the selected thing into the free part of the map by the smallest move that does. */
export function show(map: View, sector: Sector, selection: Selection): void {
  const at = placeOf(sector, selection);
  if (!at) return;
  const { x, y } = map.project(at);
  const { clientWidth: width, clientHeight: height } = map.getContainer();
  const card = cardReach(map.getContainer());
  const dx = beyond(x, card.left + MARGIN_PX, width - card.right - MARGIN_PX);
  const dy = beyond(y, MARGIN_PX, height - MARGIN_PX);
  if (!dx && !dy) return;
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  map.panBy([dx, dy], { duration: calm ? 0 : 350 });
}

/** How far a value lies outside a span: negative before it, positive after it. */
const beyond = (value: number, from: number, to: number): number =>
  value < from ? value - from : value > to ? value - to : 0;

/** How far the card of the selected thing covers the map from either side. */
function cardReach(container: HTMLElement): { left: number; right: number } {
  const card = document.querySelector('.card')?.getBoundingClientRect();
  if (!card) return { left: 0, right: 0 };
  const map = container.getBoundingClientRect();
  const onLeft = card.left - map.left < map.right - card.right;
  return onLeft
    ? { left: card.right - map.left, right: 0 }
    : { left: 0, right: map.right - card.left };
}
