// The picture as map features. Each carries `kind` and `id`, so that a click knows what it met.
import type { Feature, FeatureCollection, Geometry, Position } from 'geojson';
import type { Theme } from '../address';
import type {
  Alert,
  Crossing,
  Direction,
  Drone,
  Evidence,
  LookedAt,
  Mark,
  Move,
  Place,
  Proposal,
  Sector,
  SensorNow,
} from '../contract';
import type { StretchNow, Task, Track, UnitNow } from '../contract';
import { away, ellipse, field, heading_deg, wedge } from '../geometry';

type Properties = Record<string, string | number | boolean | null>;

const collection = (features: Feature[]): FeatureCollection => ({
  type: 'FeatureCollection',
  features,
});
const feature = (geometry: Geometry, properties: Properties): Feature => ({
  type: 'Feature',
  geometry,
  properties,
});
const point = (at: Position, properties: Properties) =>
  feature({ type: 'Point', coordinates: at }, properties);
const line = (coordinates: Position[], properties: Properties) =>
  feature({ type: 'LineString', coordinates }, properties);
const area = (ring: Position[], properties: Properties) =>
  feature({ type: 'Polygon', coordinates: [closed(ring)] }, properties);

function closed(ring: Position[]): Position[] {
  const [first, last] = [ring[0], ring.at(-1)];
  return first && last && (first[0] !== last[0] || first[1] !== last[1]) ? [...ring, first] : ring;
}

export const NOTHING = collection([]);

export interface Names {
  theme: Theme;
  /** The selected member's kind and id, or null. */
  selected: { kind: string; id: string } | null;
  said(name: Record<string, string | undefined> | undefined, otherwise: string): string;
  number(value: number): string;
}

const isSelected = (names: Names, kind: string, id: string | number) =>
  names.selected?.kind === kind && names.selected.id === String(id);

export function stretches(
  sector: Sector,
  now: ReadonlyMap<number, StretchNow>,
  names: Names,
): FeatureCollection {
  return collection(
    sector.stretches.map((plan) => {
      const state = now.get(plan.id)?.state ?? 'unknown';
      return line(plan.coordinates, {
        kind: 'stretch',
        id: plan.id,
        image: `hatch/${state}/${names.theme}`,
        selected: isSelected(names, 'stretch', plan.id),
      });
    }),
  );
}

const MASK_RINGS = 5;
const MASK_STEP_DEG = 0.012;

/** Rings round the sector that dim what lies outside it, where the terrain ends. */
export function outside({ bounds: [west, south, east, north] }: Sector): FeatureCollection {
  const world = [-180, -85, 180, 85] as const;
  const ring = (w: number, s: number, e: number, n: number): Position[] => [
    [w, s],
    [e, s],
    [e, n],
    [w, n],
    [w, s],
  ];
  return collection(
    Array.from({ length: MASK_RINGS }, (_, i) => {
      const by = MASK_STEP_DEG * i;
      const hole = ring(west - by, south - by, east + by, north + by);
      return feature({ type: 'Polygon', coordinates: [ring(...world), hole] }, {});
    }),
  );
}

export function posts(sector: Sector, names: Names): FeatureCollection {
  return collection(
    sector.line.km_posts.map(({ km, at }) =>
      point(at, { text: names.number(km), major: km % 10 === 0 }),
    ),
  );
}

export function places(sector: Sector, names: Names): FeatureCollection {
  const zones = sector.zones.map((zone) =>
    area(zone.coordinates, {
      kind: 'place',
      id: zone.id,
      selected: isSelected(names, 'place', zone.id),
      shape: 'zone',
      what: zone.kind,
      text: names.said(zone.name, zone.id),
    }),
  );
  const barriers = sector.barriers.map((barrier) =>
    line(barrier.coordinates, {
      kind: 'place',
      id: barrier.id,
      selected: isSelected(names, 'place', barrier.id),
      shape: 'barrier',
      what: barrier.kind,
      text: names.said(barrier.name, barrier.id),
    }),
  );
  return collection([...zones, ...barriers]);
}

export function fields(
  sector: Sector,
  now: ReadonlyMap<string, SensorNow>,
  names: Names,
): FeatureCollection {
  return collection(
    sector.sensors.map((plan) => {
      const at = now.get(plan.id)?.at ?? plan.at;
      return area(field({ ...plan, at }), {
        working: now.get(plan.id)?.health === 'working',
        selected: isSelected(names, 'sensor', plan.id),
      });
    }),
  );
}

export function sensors(
  sector: Sector,
  now: ReadonlyMap<string, SensorNow>,
  names: Names,
): FeatureCollection {
  return collection(
    sector.sensors.map((plan) => {
      const known = now.get(plan.id);
      return point(known?.at ?? plan.at, {
        kind: 'sensor',
        id: plan.id,
        image: `sensor/${plan.kind}/${known?.health ?? 'never-heard'}/${names.theme}`,
        text: names.said(plan.name, plan.id),
        selected: isSelected(names, 'sensor', plan.id),
      });
    }),
  );
}

export function units(
  sector: Sector,
  now: ReadonlyMap<string, UnitNow>,
  names: Names,
): FeatureCollection {
  const plans = new Map(sector.units.map((plan) => [plan.id, plan]));
  return collection(
    [...now.values()].map((unit) => {
      const plan = plans.get(unit.id);
      const busy = unit.task === null ? 'free' : 'busy';
      return point(unit.at, {
        kind: 'unit',
        id: unit.id,
        image: `unit/${plan?.mobility ?? 'foot'}/${busy}/${names.theme}`,
        text: names.said(plan?.name, unit.id),
        selected: isSelected(names, 'unit', unit.id),
      });
    }),
  );
}

export function tracks(now: Iterable<Track>, names: Names): FeatureCollection {
  return collection(
    [...now].map((track) => {
      const heading = heading_deg(track);
      return point(track.at, {
        kind: 'track',
        id: track.id,
        image: `track/${track.class}/${names.theme}`,
        text: names.number(track.id),
        opacity: track.lost ? 0.35 : 0.45 + 0.55 * track.existence,
        moving: heading !== null && !track.lost,
        heading: heading ?? 0,
        arrow: `heading/${names.theme}`,
        selected: isSelected(names, 'track', track.id),
      });
    }),
  );
}

export function ellipses(now: Iterable<Track>, names: Names): FeatureCollection {
  return collection(
    [...now].flatMap((track) =>
      track.ellipse
        ? [
            area(ellipse(track.at, track.ellipse), {
              // The wider, the fainter: a vague track must not wash over the map.
              weight: Math.min(1, 600 / Math.max(track.ellipse.major_m, 1)),
              selected: isSelected(names, 'track', track.id),
            }),
          ]
        : [],
    ),
  );
}

/** Where things may be that are known by their direction alone. */
export function directions(now: Iterable<Direction>, names: Names): FeatureCollection {
  return collection(
    [...now].map((known) =>
      area(wedge(known), {
        kind: 'direction',
        id: known.id,
        opacity: 0.3 + 0.7 * known.existence,
        selected: isSelected(names, 'direction', known.id),
      }),
    ),
  );
}

/** Where tracks were, each line drawn on to where its track is now. */
export function trails(
  past: ReadonlyMap<number, Position[]>,
  now: Iterable<Track>,
): FeatureCollection {
  return collection(
    [...now].flatMap(({ id, at, lost }) => {
      const trail = past.get(id) ?? [];
      const whole = lost ? trail : [...trail, at];
      return whole.length > 1 ? [line(whole, {})] : [];
    }),
  );
}

export function alerts(now: Iterable<Alert>, names: Names): FeatureCollection {
  return collection(
    [...now]
      .filter((alert) => alert.stage !== 'closed' && alert.at)
      .map((alert) =>
        point(alert.at!, {
          kind: 'alert',
          id: alert.id,
          image: `alert/${alert.priority}/${alert.stage}/${names.theme}`,
          selected: isSelected(names, 'alert', alert.id),
          order: ['low', 'medium', 'high'].indexOf(alert.priority),
        }),
      ),
  );
}

/** How far a direction that came late is drawn. */
const RAY_M = 12_000;

/** What came late and bears on what is selected: its place as wide as it may err, or the way it was seen. */
export function evidence(
  kept: Iterable<Evidence>,
  name: (piece: Evidence) => string,
): FeatureCollection {
  return collection(
    [...kept].flatMap((piece) => {
      const text = name(piece);
      if (piece.at) {
        const wide_m = 2.45 * (piece.sigma_m ?? 0);
        const round = { major_m: wide_m, minor_m: wide_m, azimuth_deg: 0 };
        return [area(ellipse(piece.at, round), { text: '' }), point(piece.at, { text })];
      }
      if (!piece.direction) return [];
      const { from, azimuth_deg } = piece.direction;
      return [line([from, away(from, azimuth_deg, RAY_M)], { text })];
    }),
  );
}

/**
 * Where sensors say that they look now, what they were asked to look at, and the places picked for the selected one in
 * an open form.
 */
export function looks(
  sector: Sector,
  now: ReadonlyMap<string, SensorNow>,
  names: Names,
  picked: readonly Place[],
): FeatureCollection {
  return collection(
    sector.sensors.flatMap((plan) => {
      const known = now.get(plan.id);
      if (!known) return [];
      const at = known.at ?? plan.at;
      const isOurs = isSelected(names, 'sensor', plan.id);
      const drawn = (what: string, area_: LookedAt) =>
        area(ringOf(area_, at, plan.range_max_m), { what, selected: isOurs });
      const { field: view, seen, hidden } = known.looks;
      const asked = known.pointing && !isOver(known.pointing.stage) ? known.pointing.path : [];
      return [
        ...(view ? [drawn('view', view)] : []),
        ...seen.map((one) => drawn('seen', one)),
        ...hidden.map((one) => drawn('hidden', one)),
        ...order(at, asked, false),
        ...(isOurs ? order(at, picked, true) : []),
      ];
    }),
  );
}

/** Sensors that people in the field marked, each with its view. */
export function marks(told: readonly Mark[]): FeatureCollection {
  return collection(
    told.flatMap((mark) => [
      area(ringOf(mark.looks, mark.at, Infinity), {}),
      point(mark.at, { text: mark.name }),
    ]),
  );
}

const isOver = (stage: string) => stage === 'done' || stage === 'declined';

function ringOf(looked: LookedAt, at: Place, reach_m: number): Place[] {
  if ('ring' in looked) return looked.ring;
  const { azimuth_deg, width_deg, range_m } = looked;
  const range_max_m = Math.min(range_m ?? reach_m, reach_m);
  return field({ at, facing_deg: azimuth_deg, field_deg: width_deg, range_max_m });
}

/** The way from a sensor along the places of an order, and the places. */
function order(at: Place, places: readonly Place[], picked: boolean): Feature[] {
  if (!places.length) return [];
  return [
    line([at, ...places], { what: 'order' }),
    ...places.map((place) => point(place, { what: 'order', picked })),
  ];
}

/** The ground that drones' cameras see, and the line from each drone to the middle of its picture. */
export function pictures(drones: Iterable<Drone>): FeatureCollection {
  return collection(
    [...drones].flatMap(({ sensor, at, footprint }) => {
      if (!footprint?.length) return [];
      const mean = (axis: 0 | 1) =>
        footprint.reduce((sum, place) => sum + place[axis], 0) / footprint.length;
      const sight = at ? [line([at, [mean(0), mean(1)]], { id: sensor })] : [];
      return [area(footprint, { id: sensor }), ...sight];
    }),
  );
}

/** How somebody would cross the selected stretch, and where the last detection in time would be. */
export function crossing(told: Crossing | null, name: string): FeatureCollection {
  const way = told?.crossing;
  if (!way) return NOTHING;
  const critical = way.critical ? [point(way.critical, { text: name })] : [];
  return collection([line(way.way, { text: '' }), ...critical]);
}

/** Where units are going, and the ways that the open dispatch form proposes. */
export function ways(
  tasks: Iterable<Task>,
  where: ReadonlyMap<string, UnitNow>,
  proposals: readonly Proposal[],
  candidate: string | null,
  move: Move | null,
): FeatureCollection {
  const going = [...tasks].flatMap((task) => {
    const unit = where.get(task.unit);
    const over = task.stage === 'done' || task.stage === 'declined' || task.stage === 'on-scene';
    return unit && !over ? [line([unit.at, task.to], { what: 'task' })] : [];
  });
  const proposed = proposals
    .filter((proposal) => proposal.path.length > 1)
    .map(({ unit, path }) => line(path, { what: unit === candidate ? 'chosen' : 'proposed' }));
  const moving = move && move.path.length > 1 ? [line(move.path, { what: 'chosen' })] : [];
  return collection([...going, ...proposed, ...moving]);
}
