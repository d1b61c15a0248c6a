// Questions and commands to the station over HTTP.
import type {
  Camera,
  Command,
  Crossing,
  Done,
  Door,
  Drone,
  FloorNow,
  Forecast,
  KeptEvidence,
  Lineage,
  Messages,
  Problem,
  RecordingNow,
  RecordState,
  Sector,
  StripRow,
} from './contract';

/** The station's refusal, with the field it names. */
export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

const api = (path: string) => new URL(`api/${path}`, document.baseURI).href;

/** What this session's requests carry to change something. */
let proof: string | undefined;
/** Who acts, where the station asks nobody. */
const byline = (by: string) => (proof ? {} : { by });

export function proven(word: string | undefined): void {
  proof = word;
}

async function answer<T>(response: Response): Promise<T> {
  if (response.status === 204) return null as T;
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => null)) as Problem | null;
  throw new Refusal(problem ?? { title: response.statusText, status: response.status });
}

export async function ask<T>(path: string): Promise<T> {
  return answer(await fetch(api(path)));
}

/** Sends what changes something; `key` makes it one act however often it is sent. */
export async function send<T>(path: string, body: object, key?: string): Promise<T> {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (key) headers.set('idempotency-key', key);
  if (proof) headers.set('watchline-session', proof);
  const response = await fetch(api(path), {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const told = await answer<T>(response);
  const entry = Number(response.headers.get('watchline-entry'));
  if (entry > 0) stands?.({ path, body, entry: entryOf(told) ?? entry });
  return told;
}

/** What was sent, and by which entry of the record it stands there at the latest. */
export interface Sent {
  path: string;
  body: object;
  entry: number;
}
let stands: ((sent: Sent) => void) | undefined;

/** Hears of all that is sent and stands in the record. */
export function onStands(hear: (sent: Sent) => void): void {
  stands = hear;
}

/** The very entry, where the answer tells it. */
const entryOf = (told: unknown): number | null =>
  typeof told === 'object' && told !== null && 'index' in told && typeof told.index === 'number'
    ? told.index
    : null;

export async function sector(): Promise<Sector> {
  return answer(await fetch(api('sector')));
}

/** Watch states of every stretch since a time, one letter each. */
export async function strip(since: Date): Promise<StripRow[]> {
  const query = new URLSearchParams({ since: since.toISOString() });
  const { rows } = await answer<{ rows: StripRow[] }>(await fetch(api(`strip?${query}`)));
  return rows;
}

/** The line in the hours to come; computed by the station when somebody asks. */
export async function forecast(): Promise<Forecast> {
  return answer(await fetch(api('forecast')));
}

/** The measurements that a track was made of. */
export async function lineage(track: number): Promise<Lineage> {
  return answer(await fetch(api(`tracks/${track}/lineage`)));
}

/** How somebody would cross a stretch, and whether they would be met. */
export async function crossing(stretch: number): Promise<Crossing> {
  return answer(await fetch(api(`stretches/${stretch}/crossing`)));
}

/** What came too late to move a track, with what it bears on. */
export async function evidence(): Promise<KeptEvidence> {
  return answer(await fetch(api('evidence')));
}

/** What people in the field wrote. */
export async function messages(): Promise<Messages> {
  return answer(await fetch(api('messages')));
}

/** Answers the phone that wrote a message. `key` makes it one answer however often it is sent. */
export async function answerMessage(
  message: number,
  text: string,
  by: string,
  key: string,
): Promise<void> {
  await send('messages', { message, text, ...byline(by) }, key);
}

/** What is sure of the record. */
export async function record(): Promise<RecordState> {
  return answer<RecordState>(await fetch(api('record')));
}

/** Where drones say they are and what they see. */
export async function drones(): Promise<Drone[]> {
  return (await answer<{ drones: Drone[] }>(await fetch(api('drones')))).drones;
}

/** How cameras are. */
export async function cameras(): Promise<Camera[]> {
  return (await answer<{ cameras: Camera[] }>(await fetch(api('cameras')))).cameras;
}

const camera = (sensor: string) => `cameras/${encodeURIComponent(sensor)}`;

/** Where a camera's live view is. */
export const liveAddress = (sensor: string) => api(`${camera(sensor)}/live`);

/** What was recorded of a camera, oldest first. */
export async function recordings(sensor: string): Promise<RecordingNow[]> {
  const told = await fetch(api(`${camera(sensor)}/recordings`));
  return (await answer<{ recordings: RecordingNow[] }>(told)).recordings;
}

/** Where one recording is. */
export const recordingAddress = (sensor: string, name: string) =>
  api(`${camera(sensor)}/recordings/${encodeURIComponent(name)}`);

/** How each door is. */
export const floor = () => ask<FloorNow>('floor');
export async function doors(): Promise<Door[]> {
  return (await answer<{ doors: Door[] }>(await fetch(api('doors')))).doors;
}

/**
 * Sends one act of the desk. `key` makes it one act however often it is sent, so a repeat after a
 * lost answer is safe.
 */
export async function command(act: Command, by: string, key: string): Promise<Done> {
  return send('commands', { ...act, ...byline(by) }, key);
}
