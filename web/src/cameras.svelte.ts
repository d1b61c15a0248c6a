// How cameras are: asked for again and again while somebody looks at a sensor.
import type { Camera } from './contract';
import { cameras as ask } from './station';

const AGAIN_MS = 2_000;

class Cameras {
  told: readonly Camera[] = $state.raw([]);

  of(sensor: string): Camera | undefined {
    return this.told.find((camera) => camera.sensor === sensor);
  }

  /** Asks until the returned function is called; a station without cameras is asked once. */
  follow(): () => void {
    let stopped = false;
    const again = async (): Promise<void> => {
      while (!stopped) {
        const told = document.hidden ? this.told : await ask().catch(() => null);
        // While the station is away nobody knows how they are.
        this.told = told ?? [];
        if (told?.length === 0) return;
        await new Promise((resume) => setTimeout(resume, AGAIN_MS));
      }
    };
    void again();
    return () => (stopped = true);
  }
}

export const cameras = new Cameras();
