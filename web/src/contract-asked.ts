// What the station says when it is asked, beside the picture that it tells by itself.
import type { Place, WatchState } from './contract';
import type { Word } from './contract-words';

export interface Contribution {
  track: number;
  sensor: string;
  at: string;
  id: number;
  share: number;
}

/** What is sure of the record: on this post, signed, and seen by others. */
export interface RecordState {
  origin: string;
  entries: number;
  entries_signed: number;
  /** Null where there is no centre above the station. */
  entries_at_centre: number | null;
  /** Null where no witness is asked. */
  entries_witnessed: number | null;
  /** How the entries stand that were not read when the station started. */
  unread: 'none' | 'pending' | 'held' | 'changed';
  witnesses: Witness[];
}

export interface Witness {
  name: string;
  url: string;
  entries: number;
  at: string | null;
  problem: string | null;
  saw_another_past: boolean;
  /** Something signed has been waiting for it longer than it may take. */
  late: boolean;
}

export interface Lineage {
  track: number;
  measurements: Contribution[];
  forgotten: number;
  /** Pictures that recorders took when these sensors saw it, oldest first. */
  snapshots: Snapshot[];
}

/** A recorder's picture; `href` is null where nobody told where it can be looked at. */
export interface Snapshot {
  sensor: string;
  camera: string;
  event: string;
  at: string;
  href: string | null;
}

/** Something that was told and moves no track, and what it bears on. */
export interface Evidence {
  id: number;
  sensor: string | null;
  unit: string | null;
  report_id: string;
  observed_at: string;
  arrived_at: string;
  why: Word<'kept-why'>;
  /** Where it was said to be; null for a direction. */
  at: Place | null;
  sigma_m: number | null;
  direction: { from: Place; azimuth_deg: number; sigma_deg: number } | null;
  class: Word<'class'> | null;
  class_confidence: number | null;
  tracks: { track: number; how: Word<'kept-link'> }[];
  alerts: number[];
  stretch: number | null;
  /** The picture that a recorder took of it. */
  snapshot: Snapshot | null;
}

/** What somebody in the field wrote to the desk. */
export interface Message {
  id: number;
  door: string;
  name: string;
  unit: string | null;
  text: string;
  written_at: string;
  arrived_at: string;
  /** The place that a mark is about. */
  at: Place | null;
  /** The phone that can be answered. */
  phone: string | null;
  /** What a parent asks by it. */
  asked: Asked | null;
  /** Number of the entry of the record that it came by. */
  entry: number | null;
}

/** What a parent asks of the desk, and how far that has come. */
export interface Asked {
  kind: Word<'asked'>;
  /** All places that it names, in its order. */
  places: Place[];
  track: number | null;
  stage: Word<'asked-stage'>;
  /** Whose order it became. */
  sensor: string | null;
  task: number | null;
  by: string | null;
  note: string;
  changed_at: string;
  /** Number of the entry by which the desk answered last. */
  entry: number | null;
}

export interface Messages {
  version: number;
  /** In the order in which they came. */
  messages: Message[];
}

/** How a door is, and what came through it since the station started. */
export interface Door {
  name: string;
  protocol: string;
  address: string;
  connected: number;
  connections: number;
  connections_max: number;
  turned_away: number;
  throttled: number;
  cut_off: number;
  accepted: number;
  rejected: number;
  redacted: number;
  ignored: number;
  sent: number;
  bytes: number;
  messages_per_s: number;
  /** Why the connection that ended last did so. */
  last_end: string | null;
  last_error: { at: string; what: string } | null;
  /** What keeps it from its work now. */
  trouble: string | null;
}

/** The line in the hours to come, by what weather stations forecast. */
export interface Forecast {
  stations: { station: string; issued_at: string }[];
  hours: ForecastHour[];
}

export interface ForecastHour {
  at: string;
  weather: { station: string; worst: { visibility_m: number; wind_mps: number; dust: boolean } }[];
  /** As the strip's; null where no forecast reaches. */
  states: string | null;
  blind_m: number | null;
}

/** A drone as it told of itself last, and what its camera sees. */
export interface Drone {
  /** The sensor that it is. */
  sensor: string;
  heard_at: string;
  at: Place | null;
  altitude_m: number | null;
  heading_deg: number | null;
  battery_percent: number | null;
  wind_mps: number | null;
  wind_from_deg: number | null;
  /** Outline of its picture on the ground. */
  footprint: Place[] | null;
}

/** A camera whose pictures the station pulls. */
export interface Camera {
  /** The sensor that it is. */
  sensor: string;
  /** As RFC 6381 has it, once a picture came. */
  codec: string | null;
  live: 'mp4' | 'jpeg' | null;
  width: number | null;
  height: number | null;
  frames_per_s: number;
  bytes_per_s: number;
  /** Why no pictures come. */
  lost: string | null;
  unrecorded: number;
  recordings: number;
}

/** A complete file of a camera's pictures. */
export interface RecordingNow {
  name: string;
  began_at: string;
  ended_at: string;
  bytes: number;
}

export interface KeptEvidence {
  version: number;
  forgotten: number;
  /** In the order in which it came. */
  evidence: Evidence[];
}

/** The crossing of a stretch that is least likely to be met in time. */
export interface Crossing {
  stretch: number;
  coverage_version: number;
  /** Null where no way leads through the stretch. */
  crossing: {
    km: number;
    p_interrupt: number;
    p_detect: number;
    crossing_s: number;
    response_s: number | null;
    critical: Place | null;
    way: Place[];
    /** From the far edge on. */
    legs: { delay_s: number; p_detect: number; p_interrupt: number }[];
    assumed: { alarm_s: number; p_comm: number; sd_share: number };
  } | null;
}

export interface StretchChange {
  stretch: number;
  from: WatchState;
  to: WatchState;
  p_from: number;
  p_to: number;
}

/** Somebody moved somewhere, and what that buys back until the horizon. */
export interface Move {
  who: { kind: 'sensor'; sensor: string } | { kind: 'unit'; unit: string };
  from: Place;
  to: Place;
  km: number;
  travel_s: number;
  path: Place[];
  /** Kilometres of line times hours times chance of detection, gained less lost. */
  bought_kmh: number;
  raised: StretchChange[];
  lowered: StretchChange[];
}

export interface Moves {
  unwatched_km: number;
  line_km: number;
  moves: Move[];
}

export interface StripRow {
  at: string;
  states: string;
}

/** What keeps alerts from calling. */
export interface Suppression {
  id: number;
  how: Word<'how'>;
  rule: Word<'kind'> | null;
  on: 'sensor' | 'place' | 'stretch';
  sensor?: string;
  place?: string;
  stretch?: number;
  by: string;
  reason: string;
  since: string;
  until: string;
  entry: number;
}

/** What one person, or all of them, made of a shift's alerts. */
export interface ShiftNow {
  from: string;
  until: string;
  calls: [low: number, medium: number, high: number];
  shares: [number, number, number] | null;
  calls_per_operator_in_10_min: number;
  most_calls_in_10_min: number;
  windows_in_flood: number;
  acknowledged: number;
  acknowledged_after_p50_s: number | null;
  acknowledged_after_p90_s: number | null;
  operators: {
    name: string;
    acknowledged: number;
    closed: number;
    shelved: number;
    acknowledged_after_p50_s: number | null;
    acknowledged_after_p90_s: number | null;
  }[];
}

/** How alerts perform. */
export interface FloorNow {
  suppressions: Suppression[];
  flood: {
    since: string | null;
    floods: number;
    calls_in_10_min: number;
    groups: { rule: Word<'kind'>; priority: Word<'priority'>; alerts: number[] }[];
  };
  standing: number;
  stale: number[];
  chattering: number[];
  kept_out: number;
  shifts: ShiftNow[];
  nuisance: {
    sensor: string;
    air: Word<'air'>;
    nuisance: number;
    real: number;
    tests: number;
    share: number;
    per_day: number | null;
  }[];
}
