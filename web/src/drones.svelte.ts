// What drones' cameras see on the ground: asked for again and again while somebody looks at the map.
import type { Drone, Sector } from './contract';
import { drones as ask } from './station';

const AGAIN_MS = 2_000;

class Drones {
  told: readonly Drone[] = $state.raw([]);

  /** Asks until the returned function is called; a sector without drones is never asked about. */
  follow(sector: Sector): () => void {
    if (!sector.sensors.some(({ kind }) => kind === 'drone' || kind === 'balloon')) return () => {};
    let stopped = false;
    const again = async (): Promise<void> => {
      while (!stopped) {
        // While the station is away nothing is known of where they look.
        this.told = document.hidden ? this.told : await ask().catch(() => []);
        await new Promise((resume) => setTimeout(resume, AGAIN_MS));
      }
    };
    void again();
    return () => (stopped = true);
  }
}

export const drones = new Drones();
