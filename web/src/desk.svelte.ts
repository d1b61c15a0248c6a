// The desk: who sits at it, the form that is open, and the acts it sends.
import { tick } from 'svelte';
import type {
  Alert,
  Command,
  Done,
  Moves,
  Place,
  PointAct,
  Proposal,
  SensorAct,
  Track,
} from './contract';
import { POINT_ACTS, SENSOR_ACTS } from './contract';
import { ordered, waiting, waits } from './alerts/order';
import { picture } from './picture.svelte';
import { shown } from './shown.svelte';
import { command, Refusal } from './station';

const TRACK_FORMS = ['merge', 'split', 'relabel', 'pin', 'undo', 'follow'] as const;
/** What a person may say of a track, taking it back, and having a sensor follow it. */
export type TrackForm = (typeof TRACK_FORMS)[number];
const SHELF_FORMS = ['shelve', 'unshelve', 'reset-alert'] as const;
/** Putting one alert aside, taking it back and letting it go. */
export type ShelfForm = (typeof SHELF_FORMS)[number];
export type Form = 'dispatch' | 'close' | 'suppress' | ShelfForm | TrackForm | SensorAct | PointAct;

export const isShelfForm = (form: Form | null): form is ShelfForm =>
  SHELF_FORMS.some((one) => one === form);
export const isTrackForm = (form: Form | null): form is TrackForm =>
  TRACK_FORMS.some((one) => one === form);
export const isSensorAct = (form: Form | null): form is SensorAct =>
  SENSOR_ACTS.some((one) => one === form);
export const isPointAct = (form: Form | null): form is PointAct =>
  POINT_ACTS.some((one) => one === form);

/** Places of one patrol that the station takes. */
const PLACES_MAX = 16;
const DESK_KEY = 'watchline-desk';
const KEYS_KEY = 'watchline-keys';
/** How far ahead moves are asked for. */
const HORIZON_S = 3600;

class Desk {
  by = $state.raw(localStorage.getItem(DESK_KEY) || 'desk-1');
  /** Whether single letters act (WCAG 2.1.4: a person must be able to turn that off). */
  letters = $state.raw(localStorage.getItem(KEYS_KEY) !== 'off');
  form: Form | null = $state.raw(null);
  help = $state.raw(false);
  /** Whether the doors and their messages are shown, and the newest message that was there then. */
  doors = $state.raw(false);
  messagesSeen = $state.raw(0);
  /** Whether the performance of alerts is looked at. */
  floor = $state.raw(false);
  /** Whether people and what waits for a second person are shown. */
  people = $state.raw(false);
  /** Whether somebody's own passkeys are shown. */
  passkeys = $state.raw(false);
  busy = $state.raw(false);
  refusal: string | null = $state.raw(null);
  proposals: Proposal[] | null = $state.raw(null);
  /** The unit under the officer's finger in the dispatch form: its way is drawn on the map. */
  candidate: string | null = $state.raw(null);

  /** The act on a track that the open form would take back. */
  undoing: number | null = $state.raw(null);
  /** Whether the panel of moves is open, what it was answered, and the move whose way is drawn. */
  asksMoves = $state.raw(false);
  moves: Moves | null = $state.raw(null);
  move = $state.raw(0);

  /** Where the sensor of the open form is to look, or along which places it is to fly. */
  places: readonly Place[] = $state.raw([]);

  #cameFrom: Element | null = null;

  readonly alerts = $derived(ordered(picture.alerts.values()));
  readonly waiting = $derived(waiting(this.alerts));
  readonly alert = $derived(picture.alerts.get(Number(shown.selected('alert') ?? NaN)) ?? null);

  sit(by: string): void {
    this.by = by.trim() || 'desk-1';
    localStorage.setItem(DESK_KEY, this.by);
  }

  setLetters(on: boolean): void {
    this.letters = on;
    localStorage.setItem(KEYS_KEY, on ? 'on' : 'off');
  }

  /** The alert an act without a named one is meant for: the selected, else the first waiting. */
  meant(): Alert | null {
    return this.alert ?? this.waiting[0] ?? null;
  }

  open(form: Form): void {
    const alert = this.meant();
    if (!alert || alert.stage === 'closed') return;
    this.#cameFrom = document.activeElement;
    shown.select('alert', alert.id);
    this.#clear();
    this.form = form;
    if (form === 'dispatch') void this.#propose(alert.id);
  }

  /** The selected track, if one is selected and still shown. */
  readonly track = $derived(picture.track(Number(shown.selected('track') ?? NaN)) ?? null);

  /** Opens a form about the selected track; `act` is what an undoing would take back. */
  openTrack(form: TrackForm, act: number | null = null): void {
    if (!this.track) return;
    this.#cameFrom = document.activeElement;
    this.#clear();
    this.undoing = act;
    this.form = form;
  }

  /** Whether a click on the map picks a place. */
  readonly picks = $derived(isPointAct(this.form));

  /** Picks a place: of a patrol one more, else the only one. */
  pick(place: Place): void {
    const before = this.form === 'patrol-along' ? this.places : [];
    if (before.length < PLACES_MAX) this.places = [...before, place];
  }

  unpick(index: number): void {
    this.places = this.places.filter((_, i) => i !== index);
  }

  /** Opens a form about the selected sensor. */
  openSensor(form: SensorAct | PointAct): void {
    this.#cameFrom = document.activeElement;
    this.#clear();
    this.form = form;
  }

  /** Sensors that saw a track lately and can be asked to follow what they told of. */
  followersOf(track: Track): string[] {
    return track.seen_by.filter((id) => picture.sensors.get(id)?.follows);
  }

  /** The act on a track that keeps it pinned, if one does. */
  pinOf(track: Track): number | null {
    return track.acts.find(({ act, undone }) => act === 'pin' && !undone)?.id ?? null;
  }

  /** Leaves the open form and puts the focus back to where the person came from. */
  leave(): void {
    const back = this.form ? this.#cameFrom : null;
    this.#clear();
    if (back) void tick().then(() => focusOr(back, '.lists [role=option][tabindex="0"]'));
  }

  #clear(): void {
    this.form = null;
    this.proposals = null;
    this.candidate = null;
    this.undoing = null;
    this.refusal = null;
    this.places = [];
  }

  /** Asks which move buys back most sight within the hour. */
  async askMoves(): Promise<void> {
    if (this.busy) return;
    this.asksMoves = true;
    this.moves = null;
    this.move = 0;
    const done = await this.act({ command: 'propose-moves', horizon_s: HORIZON_S });
    this.moves = done?.moves ?? null;
  }

  openDoors(): void {
    this.doors = true;
    this.messagesSeen = picture.messagesVersion;
  }

  leaveDoors(): void {
    this.doors = false;
    this.messagesSeen = picture.messagesVersion;
  }

  leaveMoves(): void {
    this.asksMoves = false;
    this.moves = null;
    this.refusal = null;
  }

  acknowledge(alert = this.meant()): void {
    if (!alert || !waits(alert)) return;
    shown.select('alert', alert.id);
    void this.act({ command: 'acknowledge', alert: alert.id });
  }

  answerHelp(alert: Alert, needs_help: boolean): void {
    void this.act({ command: 'answer-help', alert: alert.id, needs_help });
  }

  /**
   * Sends an act for which an alert must be acknowledged. Whoever decides on an alert has seen it,
   * so an alert that still waits is acknowledged first, as an act of its own.
   */
  async decide(alert: Alert, act: Command): Promise<Done | null> {
    if (waits(alert)) {
      const seen = await this.act({ command: 'acknowledge', alert: alert.id });
      if (!seen) return null;
    }
    return this.act(act);
  }

  async #propose(alert: number): Promise<void> {
    const done = await this.act({ command: 'propose', alert });
    if (this.form === 'dispatch' && this.alert?.id === alert) {
      this.proposals = done?.proposals ?? [];
    }
  }

  /**
   * Sends an act and says whether it stands in the record. A lost answer is asked for again once
   * under the same key, which the station takes as the same act.
   */
  async act(act: Command): Promise<Done | null> {
    this.busy = true;
    this.refusal = null;
    const key = crypto.randomUUID();
    try {
      return await command(act, this.by, key).catch((error: unknown) => {
        if (error instanceof Refusal) throw error;
        return command(act, this.by, key);
      });
    } catch (error) {
      this.refusal = error instanceof Refusal ? refusalText(error) : '';
      return null;
    } finally {
      this.busy = false;
    }
  }

  /** Moves the selection among the alerts by one. */
  step(by: 1 | -1): void {
    const at = this.alerts.findIndex((alert) => alert.id === this.alert?.id);
    const next = this.alerts[at < 0 ? 0 : Math.min(Math.max(at + by, 0), this.alerts.length - 1)];
    if (next) shown.select('alert', next.id);
  }
}

function focusOr(element: Element, otherwise: string): void {
  const there = element.isConnected && element !== document.body ? element : null;
  const target = there ?? document.querySelector(otherwise);
  if (target instanceof HTMLElement) target.focus();
}

export const refusalText = ({ problem, message }: Refusal) =>
  problem.field ? `${problem.field}: ${message}` : message;

export const desk = new Desk();
