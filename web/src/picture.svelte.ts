// The picture as last heard: a whole one replaces it, changes are merged member by member.
import type {
  Alert,
  ChangesMessage,
  Counters,
  Direction,
  Mark,
  Members,
  PictureMessage,
  SensorNow,
  StreamMessage,
  StretchNow,
  Task,
  Track,
  UnitNow,
  Weather,
} from './contract';

type Identified = { id: number | string };

/** A copy of `known` with `changed` laid over it by id; `known` itself when nothing changed. */
export function merged<T extends Identified>(
  known: ReadonlyMap<T['id'], T>,
  changed: readonly T[] | undefined,
): ReadonlyMap<T['id'], T> {
  if (!changed?.length) return known;
  const next = new Map(known);
  for (const member of changed) next.set(member.id, member);
  return next;
}

const NO_COUNTERS: Counters = {
  accepted: 0,
  rejected: 0,
  dropped: 0,
  late: 0,
  mistimed: 0,
  shed: 0,
  rejections: [],
};

export class Picture {
  heard = $state.raw(false);
  seq = $state.raw(-1);
  now = $state.raw('');
  speed = $state.raw(1);
  stateHash = $state.raw('');
  coverageVersion = $state.raw(0);
  evidenceVersion = $state.raw(0);
  messagesVersion = $state.raw(0);
  tracks: ReadonlyMap<number, Track> = $state.raw(new Map());
  /** Where each track was, smoothed by the station, oldest first. */
  trails: ReadonlyMap<number, Track['at'][]> = $state.raw(new Map());
  alerts: ReadonlyMap<number, Alert> = $state.raw(new Map());
  tasks: ReadonlyMap<number, Task> = $state.raw(new Map());
  units: ReadonlyMap<string, UnitNow> = $state.raw(new Map());
  sensors: ReadonlyMap<string, SensorNow> = $state.raw(new Map());
  stretches: ReadonlyMap<number, StretchNow> = $state.raw(new Map());
  /** What only directions are known of, in the order in which they were first seen. */
  directions: readonly Direction[] = $state.raw([]);
  /** Sensors that people in the field marked. */
  marks: readonly Mark[] = $state.raw([]);
  weather: readonly Weather[] = $state.raw([]);
  counters: Counters = $state.raw(NO_COUNTERS);

  /**
   * Takes in one message. One older than the last is dropped; a whole picture never is. Two may
   * carry one number: it is the record's, and time goes on while nothing is recorded.
   */
  take(message: StreamMessage | PictureMessage): void {
    if (message.type === 'changes') {
      if (message.seq >= this.seq) this.#change(message);
    } else {
      this.#replace(message);
    }
  }

  #replace(picture: PictureMessage): void {
    const byId = <T extends Identified>(members: T[]) =>
      new Map(members.map((m) => [m.id, m] as [T['id'], T]));
    this.tracks = byId(picture.tracks);
    this.trails = this.#toldTrails(new Map(), picture.tracks);
    this.alerts = byId(picture.alerts);
    this.tasks = byId(picture.tasks);
    this.units = byId(picture.units);
    this.sensors = byId(picture.sensors);
    this.stretches = byId(picture.stretches);
    this.#settle(picture);
    this.heard = true;
  }

  #change(changes: ChangesMessage): void {
    this.#mergeTracks(changes);
    this.alerts = merged(this.alerts, changes.alerts);
    this.tasks = merged(this.tasks, changes.tasks);
    this.units = merged(this.units, changes.units);
    this.sensors = merged(this.sensors, changes.sensors);
    this.stretches = merged(this.stretches, changes.stretches);
    this.#settle(changes);
  }

  #mergeTracks(changes: Pick<ChangesMessage, 'tracks' | 'tracks_ended'>): void {
    if (!changes.tracks?.length && !changes.tracks_ended?.length) return;
    const tracks = new Map(merged(this.tracks, changes.tracks));
    for (const id of changes.tracks_ended ?? []) tracks.delete(id);
    this.tracks = tracks;
    this.trails = this.#toldTrails(this.trails, changes.tracks ?? []);
  }

  /** Trails as last told; a track that is told without one has the one it had. */
  #toldTrails(
    known: ReadonlyMap<number, Track['at'][]>,
    told: Members['tracks'],
  ): ReadonlyMap<number, Track['at'][]> {
    const trails = new Map([...known].filter(([id]) => this.tracks.has(id)));
    for (const { id, trail } of told) {
      if (trail && this.tracks.has(id)) {
        trails.set(
          id,
          trail.map((point) => point.at),
        );
      }
    }
    return trails;
  }

  /** The track that a number means: its own, or one that a person merged into it. */
  track(id: number): Track | undefined {
    return this.tracks.get(id) ?? [...this.tracks.values()].find((t) => t.also.includes(id));
  }

  #settle(message: Partial<Omit<PictureMessage, 'type'>>): void {
    this.seq = message.seq ?? this.seq;
    this.now = message.now ?? this.now;
    this.speed = message.speed ?? this.speed;
    this.stateHash = message.state_hash ?? this.stateHash;
    this.coverageVersion = message.coverage_version ?? this.coverageVersion;
    this.evidenceVersion = message.evidence_version ?? this.evidenceVersion;
    this.messagesVersion = message.messages_version ?? this.messagesVersion;
    this.directions = message.directions ?? this.directions;
    this.marks = message.marks ?? this.marks;
    this.weather = message.weather ?? this.weather;
    this.counters = message.counters ?? this.counters;
  }
}

export const picture = new Picture();
