// What came too late to move a track: asked for again whenever the station says that there is more.
import type { Evidence } from './contract';
import { picture } from './picture.svelte';
import { shown } from './shown.svelte';
import { evidence as ask } from './station';

/** The station is asked at most this often. */
const AGAIN_MS = 2_000;

class Kept {
  /** In the order in which it came. */
  kept: readonly Evidence[] = $state.raw([]);
  #known = 0;
  #wanted = 0;
  #asking = false;

  /** Takes note of what the station has now, and fetches it if that is news. */
  follow(version: number): void {
    this.#wanted = version;
    if (version === 0) {
      this.#known = 0;
      this.kept = [];
    } else if (!this.#asking) {
      void this.#fetch();
    }
  }

  async #fetch(): Promise<void> {
    this.#asking = true;
    while (this.#wanted !== this.#known && this.#wanted !== 0) {
      try {
        const told = await ask();
        this.kept = told.evidence;
        this.#known = told.version;
        // The picture may be a little behind what was just told.
        if (told.version > this.#wanted) this.#wanted = told.version;
      } catch {
        // The station is away: the next picture asks again.
        break;
      }
      await new Promise((resume) => setTimeout(resume, AGAIN_MS));
    }
    this.#asking = false;
  }

  /** What bears on the selected thing or was told by it, the newest first. */
  readonly ofSelection = $derived.by(() => {
    const selection = shown.selection;
    if (!selection) return [];
    const of = bearing(selection.kind, selection.id);
    return of ? this.kept.filter(of).toReversed() : [];
  });
}

/** Whether a piece has to do with a thing; nothing bears on things that are not asked about. */
export function bearing(kind: string, id: string): ((piece: Evidence) => boolean) | null {
  switch (kind) {
    case 'alert': {
      const alert = Number(id);
      const track = picture.alerts.get(alert)?.track ?? null;
      return (piece) =>
        piece.alerts.includes(alert) || piece.tracks.some((link) => link.track === track);
    }
    case 'track': {
      const numbers = [Number(id), ...(picture.track(Number(id))?.also ?? [])];
      return (piece) => piece.tracks.some(({ track }) => numbers.includes(track));
    }
    case 'stretch':
      return (piece) => piece.stretch === Number(id);
    case 'sensor':
      return (piece) => piece.sensor === id;
    case 'unit':
      return (piece) => piece.unit === id;
    default:
      return null;
  }
}

export const evidence = new Kept();
