// Passkeys that this browser and its devices keep (Web Authentication).
import type { IdentityTold, ListedPasskey } from './contract-people';
import { ask, send } from './station';

/** Why there can be none here: the page is not secure or not asked for by a name, or the browser is too old. */
export type Obstacle = 'address' | 'browser';

/** What is in the way at this address, in this browser; nothing where passkeys can be used. */
export function obstacle(
  { hostname }: Pick<Location, 'hostname'> = location,
  secure = isSecureContext,
): Obstacle | null {
  if (!secure || hostname.startsWith('[') || /^[\d.]+$/.test(hostname)) return 'address';
  const knows =
    'PublicKeyCredential' in globalThis &&
    'parseCreationOptionsFromJSON' in PublicKeyCredential &&
    'parseRequestOptionsFromJSON' in PublicKeyCredential;
  return knows ? null : 'browser';
}

/** Asks the person for a passkey; `null` where they show none. */
export async function signInByPasskey(): Promise<IdentityTold | null> {
  const told = await send<PublicKeyCredentialRequestOptionsJSON>('identity/passkey/ask', {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(told);
  const shown = await navigator.credentials.get({ publicKey }).catch(declined);
  return shown && send<IdentityTold>('identity/passkey/sign-in', asJson(shown));
}

/** Makes a passkey for whoever is signed in and says their password; false where they do not want one after all. */
export async function makePasskey(called: string, password: string): Promise<boolean> {
  const offered = 'identity/passkeys/offer';
  const told = await send<PublicKeyCredentialCreationOptionsJSON>(offered, { password });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(told);
  const made = await navigator.credentials.create({ publicKey }).catch(declined);
  if (!made) return false;
  await send<null>('identity/passkeys', { called, credential: asJson(made) });
  return true;
}

export async function passkeys(): Promise<ListedPasskey[]> {
  return (await ask<{ passkeys: ListedPasskey[] }>('identity/passkeys')).passkeys;
}

export const removePasskey = (id: string) => send<null>('identity/passkeys/remove', { id });

const asJson = (credential: Credential) => (credential as PublicKeyCredential).toJSON() as object;

/** Somebody who closes the browser's question, or has nothing to show, has said no. */
function declined(error: unknown): null {
  const names = ['NotAllowedError', 'AbortError', 'InvalidStateError'];
  if (error instanceof DOMException && names.includes(error.name)) return null;
  throw error;
}
