// How somebody would cross the selected stretch: asked for when one is looked at, and again when sight has changed.
import { untrack } from 'svelte';
import type { Crossing } from './contract';
import { picture } from './picture.svelte';
import { shown } from './shown.svelte';
import { crossing as ask } from './station';

class Asked {
  /** About the selected stretch; null until the station has answered. */
  told: Crossing | null = $state.raw(null);
  failed = $state.raw(false);

  readonly #stretch = $derived.by(() => {
    const id = shown.selected('stretch');
    return id === null ? null : Number(id);
  });

  /** Keeps `told` in step with the selection and the coverage. Call once, inside a component. */
  follow(): void {
    $effect(() => {
      const [stretch, version] = [this.#stretch, picture.coverageVersion];
      if (stretch === null || version === 0) {
        this.told = null;
        return;
      }
      // What was told may stand until the newer answer is there; about another stretch it may not.
      if (untrack(() => this.told?.stretch) !== stretch) this.told = null;
      let over = false;
      ask(stretch).then(
        (told) => {
          if (!over) [this.told, this.failed] = [told, false];
        },
        () => {
          if (!over) [this.told, this.failed] = [null, true];
        },
      );
      return () => {
        over = true;
      };
    });
  }
}

export const crossing = new Asked();
