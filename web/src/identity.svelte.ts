// Who sits at this page, as the station knows it.
import type { Capability, IdentityTold } from './contract-people';
import * as people from './people-asked';
import { proven } from './station';

const RETRY_MS = 2_000;

class Identity {
  /** Null until the station has said. */
  told: IdentityTold | null = $state.raw(null);

  readonly person = $derived(this.told?.who?.kind === 'person' ? this.told.who : null);
  /** Whether somebody must sign in before anything is shown. */
  readonly asked = $derived(this.told?.sign_in === 'required' && !this.told.who);
  readonly sees = $derived(this.may('see'));
  /** Whether anything about people or confirmations is this person's affair. */
  readonly minds = $derived(
    this.person !== null &&
      (this.may('administer') ||
        this.may('release') ||
        this.may('export-people') ||
        this.may('erase') ||
        this.may('audit') ||
        this.may('give')),
  );

  may(capability: Capability): boolean {
    return this.told?.capabilities.includes(capability) ?? false;
  }

  take(told: IdentityTold): void {
    proven(told.proof);
    this.told = told;
  }

  /** Asks until the station says who this is. */
  async learn(): Promise<void> {
    for (;;) {
      try {
        return this.take(await people.identityTold());
      } catch {
        await new Promise((later) => setTimeout(later, RETRY_MS));
      }
    }
  }

  /** Something was refused or a stream ended: perhaps nobody is signed in any more. */
  doubt(): void {
    if (this.told?.sign_in !== 'required') return;
    people.identityTold().then(
      (told) => this.take(told),
      // The station is away, and will be asked again.
      () => undefined,
    );
  }

  async leave(): Promise<void> {
    await people.signOut().catch(() => undefined);
    await this.learn();
  }
}

export const identity = new Identity();
