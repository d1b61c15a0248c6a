// How far the record is durable, signed and witnessed, asked for again and again; and what was done from this page.
import type { RecordState } from './contract';
import { onStands, record as ask } from './station';
import { sureness, type Sureness } from './sureness';

const AGAIN_MS = 5_000;
/** What is told of what was done from this page. */
const DONE_MAX = 50;
/** What is asked or sent without deciding anything. */
const NO_ACT = ['propose', 'propose-moves'];
/** Going in and out is no act of the desk. */
const COMES_AND_GOES = /^identity\//;

/** An act that was sent from this page. */
export interface DoneHere {
  at: Date;
  /** `acknowledge` ..., or where it was sent to. */
  what: string;
  entry: number;
}

/** `people/invite` is `people-invite`, and `confirmations/7/confirm` is `confirm`. */
const nameOf = (path: string) => path.replace(/^confirmations\/\d+\//, '').replaceAll('/', '-');

class Record {
  told: RecordState | null = $state.raw(null);
  /** The newest first. */
  done: readonly DoneHere[] = $state.raw([]);
  /** Whether the record's own panel is open. */
  shown = $state.raw(false);

  constructor() {
    onStands(({ path, body, entry }) => {
      const what = 'command' in body ? String(body.command) : nameOf(path);
      if (NO_ACT.includes(what) || COMES_AND_GOES.test(path)) return;
      this.done = [{ at: new Date(), what, entry }, ...this.done].slice(0, DONE_MAX);
    });
  }

  /** How sure an entry is; nothing where that is not known. */
  sure(entry: number | null | undefined): Sureness | null {
    return entry == null || this.told === null ? null : sureness(this.told, entry);
  }

  /** Asks until the returned function is called. */
  follow(): () => void {
    let stopped = false;
    const again = async (): Promise<void> => {
      while (!stopped) {
        // While the station is away nobody knows.
        if (!document.hidden) this.told = await ask().catch(() => null);
        await new Promise((resume) => setTimeout(resume, AGAIN_MS));
      }
    };
    void again();
    return () => (stopped = true);
  }
}

export const record = new Record();
