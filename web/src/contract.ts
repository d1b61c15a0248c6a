// What the station says and hears: the types of docs/API.md. Answers to questions are in `contract-asked.ts`, words in `contract-words.ts`.
import type { Moves } from './contract-asked';
import type { Word } from './contract-words';

export * from './contract-asked';
export * from './contract-words';

export type Place = [lon: number, lat: number];
/** Words for people, by language code. */
export type Text = Partial<Record<string, string>>;

export type WatchState = Word<'state'>;
export type TaskKind = Word<'task'>;
export type Outcome = Word<'outcome'>;

export interface Line {
  coordinates: Place[];
  closed: boolean;
  start_km: number;
  length_km: number;
  km_posts: { km: number; at: Place }[];
}

export interface StretchPlan {
  id: number;
  from_km: number;
  to_km: number;
  coordinates: Place[];
}

export interface SensorPlan {
  id: string;
  name: Text;
  kind: Word<'sensor'>;
  at: Place;
  height_m: number;
  facing_deg: number | null;
  field_deg: number;
  range_max_m: number;
}

export interface Sector {
  name: string;
  title: Text;
  notices: Text[];
  bounds: [west: number, south: number, east: number, north: number];
  demo: boolean;
  line: Line;
  stretches: StretchPlan[];
  sensors: SensorPlan[];
  barriers: { id: string; name: Text; kind: Word<'barrier'>; coordinates: Place[] }[];
  units: { id: string; name: Text; agency: string; mobility: Word<'mobility'> }[];
  zones: { id: string; name: Text; kind: Word<'zone'>; coordinates: Place[] }[];
}

export interface TrailPoint {
  at_time: string;
  at: Place;
  /** East-east, east-north, north-north. */
  covariance_m2: [number, number, number];
  /** Above sea, where it flew. */
  height_m?: number;
}

/** How high what flies is, with its error of one sigma, and how it climbs. */
export interface Height {
  above_sea_m: number;
  /** Null where the terrain is not known. */
  above_ground_m: number | null;
  sigma_m: number;
  climb_mps: number;
  climb_sigma_mps: number;
}

/** What a person said of a track; `undone` once it was taken back. */
export interface TrackAct {
  id: number;
  act: Word<'track-act'>;
  track: number;
  other?: number;
  from?: string;
  sensors?: string[];
  class?: Word<'class'>;
  gave?: number | null;
  by: string;
  at: string;
  reason: string;
  entry: number | null;
  undone: { by: string; at: string; reason: string; entry: number | null } | null;
}

/** Something in a direction, at a range that is not known yet. */
export interface Direction {
  id: string;
  /** Where the sensor stood that saw it last. */
  from: Place;
  azimuth_deg: number;
  /** Nine times of ten it is no farther to either side, and between these ranges. */
  half_width_deg: number;
  ranges_m: [number, number];
  existence: number;
  class: Word<'class'>;
  class_probability: number;
  seen_by: string[];
  first_seen_at: string;
  last_seen_at: string;
}

/** What a sensor said of a track beside its place and class: its word, and weighed by nobody. */
export interface Told {
  sensor: string;
  at: string;
  object_id: string;
  behaviours: { behaviour: Word<'behaviour'>; confidence: number | null }[];
  /** Other nodes' detections that it was made from or belongs with. */
  origins: { relation: string; node_id: string; object_id: string; at: string | null }[];
}

export interface Track {
  id: number;
  at_time: string;
  at: Place;
  east_mps: number;
  north_mps: number;
  ellipse: { major_m: number; minor_m: number; azimuth_deg: number } | null;
  existence: number;
  class: Word<'class'>;
  class_probability: number;
  /** Of what flies, once a height was measured. */
  height: Height | null;
  seen_by: string[];
  last_seen_at: string;
  /** Other numbers that mean this track. */
  also: number[];
  pinned: boolean;
  /** Shown where it was last, because it is pinned. */
  lost: boolean;
  acts: TrackAct[];
  /** What each sensor said of it when it told of it last, the newest first. */
  told: Told[];
  identity: { sector: string; number: number };
  ground_of: string | null;
  handed_to: string | null;
  /** Where it was, smoothed; only when that differs from what was told before. */
  trail?: TrailPoint[];
}

export interface Act {
  at: string;
  by: string | null;
  what: string;
  reason: string;
  /** Number of the entry of the record that it came of; null where an earlier build did not keep it. */
  entry: number | null;
}

export interface Alert {
  id: number;
  kind: Word<'kind'>;
  in_s?: number | null;
  still_s?: number | null;
  length_m?: number | null;
  /** What somebody calls for by their own device, and who. */
  call?: Word<'call'>;
  caller?: { name: string; unit: string | null; called_off: boolean } | null;
  for_s?: number | null;
  distance_m?: number | null;
  hits?: number | null;
  priority: Word<'priority'>;
  stage: Word<'stage'>;
  /** After ISA-18.2; where it waits for a person, goes on, is over, or is aside. */
  state: Word<'alarm'>;
  /** Whether what it is about goes on. */
  active: boolean;
  latches: boolean;
  shelved_until?: string | null;
  calls: number;
  raised_at: string;
  changed_at: string;
  at: Place | null;
  stretch: number | null;
  km: number | null;
  track: number | null;
  sensor: string | null;
  /** A zone, a barrier or a weather station. */
  place: string | null;
  sensors: string[];
  confidence: number;
  needs_help: boolean | null;
  unit: string | null;
  outcome: Outcome | null;
  by: string | null;
  tasks: number[];
  history: Act[];
}

export interface Task {
  id: number;
  alert: number;
  unit: string;
  kind: TaskKind;
  to: Place;
  stage: Word<'task-stage'>;
  sent_at: string;
  by: string;
  reason: string;
  travel_s: number | null;
  entry: number | null;
}

export interface UnitNow {
  id: string;
  at: Place;
  heard_at: string | null;
  task: number | null;
}

export interface SensorNow {
  id: string;
  health: Word<'health'>;
  note: string;
  heard_at: string | null;
  detections: number;
  at: Place;
  height_m: number;
  /** Whether what it says may move tracks. */
  standing: Word<'standing'>;
  finding: Finding | null;
  /** Of what it should see in the weather as reported, the share that it sees where it sees least. */
  obscured_to: number | null;
  /** False reports, times what the sector file expects. */
  clutter_times: number;
  clock: Clock;
  /** What it told beyond what is kept of one sensor. */
  flood: { dropped: number; last_at: string | null };
  /** Whether it can be asked to follow what it told of. */
  follows: boolean;
  pointing: {
    id: number;
    ask: Word<'pointing'>;
    path: Place[];
    /** The track that it is to follow. */
    track: number | null;
    stage: Word<'task-stage'>;
    sent_at: string;
    by: string;
    reason: string;
    note: string;
  } | null;
  /** Where it says that it looks; what it does not say is null or empty. */
  looks: {
    field: LookedAt | null;
    /** Where alone it says that it sees, or where a drone's picture has rested. */
    seen: LookedAt[];
    hidden: LookedAt[];
  };
}

/** Directions from a sensor, or a ring of places. */
export type LookedAt =
  { azimuth_deg: number; width_deg: number; range_m: number | null } | { ring: Place[] };

/** A sensor that somebody in the field marked: shown, and counted for nothing. */
export interface Mark {
  id: string;
  /** What people call it, with its model where one is told. */
  name: string;
  unit: string;
  at: Place;
  looks: LookedAt;
  told_at: string;
  until: string;
}

/** How a sensor's clock stands. */
export interface Clock {
  standing: Word<'clock'>;
  /** Of one that is off; negative when it is behind. */
  ahead_s: number | null;
  since: string | null;
  /** The least that its detections take to arrive. */
  way_s: number | null;
  drift_ppm: number | null;
  /** What a person had taken off its times. */
  taken_off_s: number;
  steps: number;
}

/** What was found wrong with a sensor, with the one figure that goes with it. */
export interface Finding {
  kind: Word<'finding'>;
  azimuth_deg?: number;
  range_m?: number;
  sigmas?: number;
  times?: number;
  share?: number;
}

export interface Reason {
  cause: Word<'cause'>;
  sensor: string | null;
  probability_without: number;
}

export interface Repair {
  kind: Word<'repair'>;
  at: Place | null;
  sensor: string | null;
  probability_with: number;
}

export interface StretchNow {
  id: number;
  state: WatchState;
  probability: number;
  probability_high: number;
  crossing_s: number | null;
  reasons: Reason[];
  repair: Repair | null;
}

export interface Weather {
  source: string;
  at: Place;
  visibility_m: number | null;
  wind_mps: number | null;
  /** How high it was told from, above sea. */
  height_m: number | null;
  /** Of the lowest layer that covers more than half the sky, above the ground. */
  ceiling_m: number | null;
  dust: boolean;
  observed_at: string;
  /** How far from the line it was measured. */
  from_line_m: number;
}

export interface Counters {
  accepted: number;
  rejected: number;
  /** What the tracker's limits kept out, and what was refused under overload. */
  dropped: number;
  /** Reports that came too late for the tracker and were kept as evidence. */
  late: number;
  /** Reports whose time was not believed, kept as evidence too. */
  mistimed: number;
  shed: number;
  rejections: { door: string; field: string; reason: string; count: number }[];
}

/** Members that a change message may carry and that are merged by `id`. */
export interface Members {
  tracks: Track[];
  alerts: Alert[];
  tasks: Task[];
  units: UnitNow[];
  sensors: SensorNow[];
  stretches: StretchNow[];
}

export interface PictureMessage extends Members {
  type?: 'picture';
  seq: number;
  now: string;
  speed: number;
  state_hash: string;
  state_hash_seq?: number;
  coverage_version: number;
  /** Differs whenever the answer of `GET /api/evidence` does. */
  evidence_version: number;
  /** Differs whenever the answer of `GET /api/messages` does. */
  messages_version: number;
  /** All of them, when any changed. */
  directions: Direction[];
  marks: Mark[];
  weather: Weather[];
  counters: Counters;
}

export interface ChangesMessage extends Partial<Omit<PictureMessage, 'type'>> {
  type: 'changes';
  seq: number;
  now: string;
  tracks_ended?: number[];
}

export type StreamMessage = (PictureMessage & { type: 'picture' }) | ChangesMessage;

export interface Proposal {
  unit: string;
  travel_s: number | null;
  free: boolean;
  path: Place[];
}

/** What a person decides about a sensor or its clock. */
export const SENSOR_ACTS = [
  'correct-clock',
  'trust-clock',
  'trust-sensor',
  'quarantine-sensor',
  'release-sensor',
] as const;
export type SensorAct = (typeof SENSOR_ACTS)[number];
/** Orders to a sensor that need places. */
export const POINT_ACTS = ['look-at', 'patrol-along'] as const;
export type PointAct = (typeof POINT_ACTS)[number];

export type Command =
  | { command: 'acknowledge'; alert: number }
  | { command: 'propose'; alert: number }
  | { command: 'dispatch'; alert: number; unit: string; task: TaskKind; reason: string }
  | { command: 'answer-help'; alert: number; needs_help: boolean }
  | { command: 'close'; alert: number; outcome: Outcome; reason: string }
  | { command: SensorAct; sensor: string; reason: string }
  | { command: 'look-at'; sensor: string; at: Place; reason: string }
  | {
      command: 'answer-asked';
      message: number;
      answer: 'taken-on' | 'done' | 'failed' | 'declined';
      sensor?: string;
      unit?: string;
      reason: string;
    }
  | { command: 'patrol-along'; sensor: string; path: Place[]; reason: string }
  | { command: 'follow-track'; sensor: string; track: number; reason: string }
  | { command: 'merge-tracks'; track: number; other: number; reason: string }
  | { command: 'split-track'; track: number; from: string; reason: string }
  | { command: 'split-track'; track: number; sensors: string[]; reason: string }
  | { command: 'relabel-track'; track: number; class: Word<'class'>; reason: string }
  | { command: 'pin-track'; track: number; reason: string }
  | { command: 'undo-track-act'; act: number; reason: string }
  | { command: 'propose-moves'; horizon_s: number }
  | { command: 'shelve'; alert: number; for_s: number; reason: string }
  | { command: 'unshelve' | 'reset-alert'; alert: number; reason: string }
  | { command: 'acknowledge-many'; alerts: readonly number[]; reason: string }
  | {
      command: 'suppress';
      how: Word<'how'>;
      rule?: Word<'kind'>;
      sensor?: string;
      place?: string;
      stretch?: number;
      for_s: number;
      reason: string;
    }
  | { command: 'end-suppression'; suppression: number; reason: string };

export interface Done {
  status: 'done';
  index: number;
  proposals?: Proposal[];
  moves?: Moves;
}

export interface Problem {
  title: string;
  status: number;
  code?: string;
  field?: string;
  detail?: string;
}
