// Questions and requests about people: who signs in, who may do what, what takes two.
import type {
  Arranged,
  Confirmation,
  Disclosed,
  IdentityTold,
  Labels,
  ListedPeople,
  Look,
  Protected,
  Released,
  Role,
} from './contract-people';
import type { Word } from './contract-words';
import { ask, send } from './station';

export const identityTold = () => ask<IdentityTold>('identity');

export const signIn = (name: string, password: string) =>
  send<IdentityTold>('identity/sign-in', { name, password });

/** Takes up a code; the first administrator says who they are. */
export const enrol = (came: { code: string; password: string; name?: string; agency?: string }) =>
  send<IdentityTold>('identity/enrol', came);

export const signOut = () => send<null>('identity/sign-out', {});

export const people = () => ask<ListedPeople>('people');

export const invite = (who: { name: string; agency: string; roles: Role[]; reason: string }) =>
  send<Arranged>('people/invite', who);

export const revoke = (name: string, reason: string) =>
  send<Arranged>('people/revoke', { name, reason });

export const changeRoles = (name: string, roles: Role[], reason: string) =>
  send<Arranged>('people/roles', { name, roles, reason });

/** What the machine is told once: its token, or the code by which it gets a certificate; good once a second person agrees. */
export const letMachineIn = (machine: {
  name: string;
  agency: string;
  scope: Word<'scope'>;
  credential: Word<'credential'>;
  reason: string;
}) => send<{ token?: string; code?: string }>('machines', machine);

export const shutMachineOut = (name: string) => send<null>('machines/revoke', { name });

export const forgetPassword = (name: string, reason: string) =>
  send<Arranged>('people/password', { name, reason });

export async function confirmations(): Promise<Confirmation[]> {
  return (await ask<{ confirmations: Confirmation[] }>('confirmations')).confirmations;
}

/** Proposes that what is kept of somebody or something is erased, or what of one day. */
export const erase = (what: { subject: string; day: string | null; reason: string }) =>
  send<Arranged>('erasures', what);

export const released = () => ask<Released>('release');

/** Proposes that other agencies are given what a policy says. */
export const propose = (what: { policy: string; labels: Labels; reason: string }) =>
  send<Arranged>('release', what);

/** Labels as people write them: a line for each thing, its labels after a colon. */
export const labelsText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([on, names]) => `${on}: ${names.join(', ')}\n`)
    .join('');

/** The same read again. The last colon divides: names of things may hold some. */
export function labelsOf(text: string): Labels {
  const labels: Labels = {};
  for (const line of text.split('\n').filter((line) => line.trim() !== '')) {
    const at = line.lastIndexOf(':');
    const [on, names] = at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    const told = names.split(',').map((name) => name.trim());
    labels[on.trim()] = told.filter((name) => name !== '');
  }
  return labels;
}

/** What may have labels of its own, by its number. */
export type Labelled = { track: number } | { alert: number } | { message: number };

/** Puts labels on one thing; it waits for somebody else where another agency would be given more. */
export const label = (what: { on: Labelled; labels: string[]; reason: string }) =>
  send<Arranged>('labels', what);

/** Words between commas. */
export const wordsOf = (text: string): string[] =>
  text
    .split(/[,،]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');

export const protection = () => ask<Protected>('record/protection');

/** Proposes that the record is protected by this, and no more by what is in force. */
export const protect = (what: {
  keep_days: Record<string, number>;
  witnesses: string[];
  authority: 'same' | 'another';
  reason: string;
}) => send<Arranged>('record/protection', what);

/** Days as people write them: a line for each class. */
export const daysText = (days: Record<string, number>): string =>
  Object.entries(days)
    .map(([of, n]) => `${of}: ${n}\n`)
    .join('');

/** The same read again; what is no number the station refuses. */
export const daysOf = (text: string): Record<string, number> =>
  Object.fromEntries(
    linesOf(text).map((line) => {
      const [of = '', n = ''] = line.split(':');
      return [of.trim(), n.trim() === '' ? NaN : Number(n)];
    }),
  );

/** Lines with something in them. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

export const confirm = (number: number) => send<null>(`confirmations/${number}/confirm`, {});
export const decline = (number: number) => send<null>(`confirmations/${number}/decline`, {});

interface Act {
  index: number;
  by: string | null;
  what: { consulted?: Omit<Look, 'index' | 'by'>; disclosed?: Disclosed };
}

/** Who looked or was given something, newest first: one person or machine, at one track, where such is asked for. */
export async function looks(name: string, track: string): Promise<Look[]> {
  const asked = new URLSearchParams(
    Object.entries({ name, track }).filter(([, value]) => value !== ''),
  );
  const { acts } = await ask<{ acts: Act[] }>(`audit?${asked.toString()}`);
  return acts.flatMap(looksOf).reverse();
}

/** What an act tells of who looked, or was given something. */
function looksOf({ index, by, what: { consulted, disclosed } }: Act): Look[] {
  if (consulted && consulted.times > 0) return [{ index, by, ...consulted }];
  if (!disclosed) return [];
  const { to, agency, by: names, why, count, from, until } = disclosed;
  const who = names.length > 0 ? names.join(', ') : null;
  const given = agency ?? '';
  return [{ index, by: who, machine: null, what: to, why, times: count, from, to: until, given }];
}
