// How far the record is durable, signed and witnessed: asked for again and again.
import type { RecordState } from './contract';
import { record as ask } from './station';

const AGAIN_MS = 5_000;

class Record {
  told: RecordState | null = $state.raw(null);

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
