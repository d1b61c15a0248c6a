// The page's link to its station: the sector, the stream, the clock, and whether they can be trusted.
import type { Sector, StripRow } from './contract';
import { identity } from './identity.svelte';
import { picture } from './picture.svelte';
import * as station from './station';
import { listen, streamAddress } from './stream';
import { lettersOf, withRow } from './strip/states';

/** After this long without a word, what is shown is called old. */
export const STALE_AFTER_MS = 3_000;
/** How much of the past the strip can show at most. */
export const STRIP_SPAN_MAX_MS = 2 * 3_600_000;
const RETRY_MS = 2_000;

class Link {
  sector: Sector | null = $state.raw(null);
  connected = $state.raw(false);
  /** Local time of the last word from the station, and local time now; milliseconds. */
  heardAt = $state.raw(0);
  tick = $state.raw(Date.now());
  rows: StripRow[] = $state.raw([]);

  readonly silence_ms = $derived(this.heardAt ? Math.max(0, this.tick - this.heardAt) : 0);
  readonly stale = $derived(!this.connected || this.silence_ms > STALE_AFTER_MS);

  /** Station time now, in milliseconds: what it said last, carried on for a second at most. */
  readonly now = $derived.by(() => {
    if (!picture.now) return null;
    const ahead = Math.min(this.silence_ms, 1_000) * (this.stale ? 0 : picture.speed);
    return Date.parse(picture.now) + ahead;
  });

  /** Starts to listen; the returned function stops it. */
  start(): () => void {
    const ticking = setInterval(() => (this.tick = Date.now()), 250);
    let stop = () => {};
    let over = false;
    void this.#learnSector(() => over).then(() => {
      if (!over) stop = this.#listen();
    });
    return () => {
      over = true;
      clearInterval(ticking);
      stop();
    };
  }

  async #learnSector(isOver: () => boolean): Promise<void> {
    while (!this.sector && !isOver()) {
      try {
        this.sector = await station.sector();
      } catch {
        await new Promise((later) => setTimeout(later, RETRY_MS));
      }
    }
  }

  #listen(): () => void {
    return listen(streamAddress(document.baseURI), {
      heard: (message) => {
        picture.take(message);
        this.tick = this.heardAt = Date.now();
        if (message.type === 'picture' || message.stretches) this.#keepRow();
      },
      opened: () => {
        this.connected = true;
        void this.#learnRows();
      },
      lost: () => {
        this.connected = false;
        identity.doubt();
      },
    });
  }

  async #learnRows(): Promise<void> {
    const since = new Date(Date.parse(picture.now || new Date().toISOString()) - STRIP_SPAN_MAX_MS);
    try {
      const rows = await station.strip(since);
      if (rows.length) this.rows = rows;
    } catch {
      // The waterfall then begins with what this page sees itself.
    }
    if (picture.heard) this.#keepRow();
  }

  #keepRow(): void {
    if (!this.sector) return;
    const row = { at: picture.now, states: lettersOf(this.sector.stretches, picture.stretches) };
    this.rows = withRow(this.rows, row, Date.parse(picture.now) - STRIP_SPAN_MAX_MS);
  }
}

export const link = new Link();
