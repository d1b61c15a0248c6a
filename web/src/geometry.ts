// Shapes on the ground for the map: ellipses, fields of view, headings.
import type { Direction, Place, SensorPlan, Track } from './contract';

const EARTH_RADIUS_M = 6_371_008.8;
const DEG = Math.PI / 180;

/** The place `distance_m` away in a direction, on a sphere: right to 0.5 %, enough for a drawing. */
export function away([lon, lat]: Place, azimuth_deg: number, distance_m: number): Place {
  const arc = distance_m / EARTH_RADIUS_M;
  const azimuth = azimuth_deg * DEG;
  const sinLat = Math.sin(lat * DEG) * Math.cos(arc);
  const toLat = Math.asin(sinLat + Math.cos(lat * DEG) * Math.sin(arc) * Math.cos(azimuth));
  const east = Math.sin(azimuth) * Math.sin(arc) * Math.cos(lat * DEG);
  const toLon = lon * DEG + Math.atan2(east, Math.cos(arc) - Math.sin(lat * DEG) * Math.sin(toLat));
  return [toLon / DEG, toLat / DEG];
}

export function distance_m(a: Place, b: Place): number {
  const lat = ((a[1] + b[1]) / 2) * DEG;
  return Math.hypot((b[0] - a[0]) * DEG * Math.cos(lat), (b[1] - a[1]) * DEG) * EARTH_RADIUS_M;
}

const ELLIPSE_POINTS = 32;

/** Outline of a track's uncertainty; `azimuth_deg` is where the major axis points. */
export function ellipse(at: Place, { major_m, minor_m, azimuth_deg }: Ellipse): Place[] {
  const ring: Place[] = [];
  for (let i = 0; i <= ELLIPSE_POINTS; i++) {
    const angle = (i / ELLIPSE_POINTS) * 2 * Math.PI;
    const along = major_m * Math.cos(angle);
    const across = minor_m * Math.sin(angle);
    const bearing = azimuth_deg + Math.atan2(across, along) / DEG;
    ring.push(away(at, bearing, Math.hypot(along, across)));
  }
  return ring;
}

type Ellipse = NonNullable<Track['ellipse']>;

/** Outline of what a sensor may look at: a wedge, or a circle when it looks all round. */
export function field(plan: Pick<SensorPlan, 'at' | 'facing_deg' | 'field_deg' | 'range_max_m'>) {
  const round = plan.facing_deg === null || plan.field_deg >= 360;
  const width = round ? 360 : plan.field_deg;
  const start = round ? 0 : (plan.facing_deg ?? 0) - width / 2;
  const steps = Math.max(8, Math.ceil(width / 5));
  const arc: Place[] = [];
  for (let i = 0; i <= steps; i++) {
    arc.push(away(plan.at, start + (width * i) / steps, plan.range_max_m));
  }
  return round ? arc : [plan.at, ...arc, plan.at];
}

/** Outline of where something in a direction may be: as wide as it may err, from the least range to the most. */
export function wedge({ from, azimuth_deg, half_width_deg, ranges_m: [near_m, far_m] }: Wedge) {
  const steps = Math.max(2, Math.ceil(half_width_deg / 2));
  const angles = Array.from(
    { length: steps + 1 },
    (_, i) => azimuth_deg + half_width_deg * ((2 * i) / steps - 1),
  );
  const far = angles.map((angle) => away(from, angle, far_m));
  return [...far, ...angles.toReversed().map((angle) => away(from, angle, near_m))];
}

type Wedge = Pick<Direction, 'from' | 'azimuth_deg' | 'half_width_deg' | 'ranges_m'>;

/** Which way a track moves, clockwise from north, or null when it hardly does. */
export function heading_deg({ east_mps, north_mps }: Pick<Track, 'east_mps' | 'north_mps'>) {
  if (Math.hypot(east_mps, north_mps) < 0.2) return null;
  return (Math.atan2(east_mps, north_mps) / DEG + 360) % 360;
}

/** Whether the strip must be turned round so that west lies left, as on the map below it. */
export function runsRightToLeft(line: Place[]): boolean {
  const [from, to] = [line[0], line.at(-1)];
  if (!from || !to) return false;
  return to[0] < from[0];
}
