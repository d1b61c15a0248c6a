// What this page shows, alive: changes are mirrored to the address without a history entry.
import {
  parsed,
  written,
  type Layer,
  type Selection,
  type Shown,
  type Spoken,
  type View,
} from './address';
import { LANGUAGES } from './languages';

class ShownState implements Shown {
  language = $state.raw('en');
  theme = $state.raw<Shown['theme']>('dark');
  digits = $state.raw<Shown['digits']>('latn');
  tab = $state.raw<Shown['tab']>('alerts');
  selection = $state.raw<Selection | null>(null);
  view = $state.raw<View | null>(null);
  hidden = $state.raw<readonly Layer[]>([]);

  constructor(from: Shown) {
    Object.assign(this, from);
  }

  /** The id selected among members of one kind, or null. */
  selected(kind: Selection['kind']): string | null {
    return this.selection?.kind === kind ? this.selection.id : null;
  }

  select(kind: Selection['kind'], id: string | number): void {
    this.selection = { kind, id: String(id) };
  }

  toggle(layer: Layer): void {
    this.hidden = this.hidden.includes(layer)
      ? this.hidden.filter((other) => other !== layer)
      : [...this.hidden, layer];
  }

  speak({ code, digits }: Spoken): void {
    this.language = code;
    this.digits = digits;
  }
}

export const shown = new ShownState(
  parsed(location.search, [LANGUAGES[0]!, ...LANGUAGES], navigator.languages),
);

/** Mirrors the state to the address and to the root element. Call once, inside a component. */
export function mirrorShown(): void {
  $effect(() => {
    const query = written(shown);
    const timer = setTimeout(() => history.replaceState(null, '', query), 150);
    return () => clearTimeout(timer);
  });
  $effect(() => {
    document.documentElement.dataset.theme = shown.theme;
  });
}
