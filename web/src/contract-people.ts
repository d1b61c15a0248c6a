// Who may do what at the station, and what waits for a second person.
import type { Word } from './contract-words';

export type Role = Word<'role'>;
/** What a person may do; the station tells which. */
export type Capability =
  | 'see'
  | 'act'
  | 'command'
  | 'plan'
  | 'export'
  | 'export-people'
  | 'export-freely'
  | 'release'
  | 'erase'
  | 'give'
  | 'tend'
  | 'verify'
  | 'feed'
  | 'administer'
  | 'audit';

/** Who somebody is to the station. */
export interface IdentityTold {
  sign_in: 'required' | 'off';
  /** Whether the station waits for the code that makes the first administrator. */
  first: boolean;
  who:
    | { kind: 'person'; name: string; agency: string; roles: Role[] }
    | { kind: 'machine'; name: string; agency: string }
    | null;
  capabilities: Capability[];
  /** What requests of this session carry to change something. */
  proof?: string;
}

/** A passkey of whoever is signed in. */
export interface ListedPasskey {
  id: string;
  called: string;
  /** The name of the station for which it is good. */
  host: string;
  made_at: string;
}

export interface ListedPerson {
  name: string;
  agency: string;
  roles: Role[];
  since: string;
  revoked_at: string | null;
}

export interface Invited {
  name: string;
  /** Whether it is for another password alone. */
  password: boolean;
  roles: Role[];
  until: string;
  waits_for: number | null;
}

export interface ListedPeople {
  people: ListedPerson[];
  invitations: Invited[];
  machines: ListedMachine[];
}

export interface ListedMachine {
  name: string;
  agency: string;
  scope: Word<'scope'>;
  credential: Word<'credential'>;
  /** The serial number of its certificate, once it has one. */
  certificate: string | null;
  until: string;
  waits_for: number | null;
}

/** What was done, or waits for a second person. */
export interface Arranged {
  status: 'done' | 'waits';
  waits_for?: number;
  code?: string;
  until?: string;
}

/** What one person proposed and another must agree to. */
export interface Confirmation {
  number: number;
  by: string;
  reason: string;
  until: string;
  confirmed_by: string | null;
  act: Word<'grave'>;
  name?: string;
  agency?: string;
  roles?: Role[];
  what?: string;
  format?: string;
  /** Whom or what is erased, CLASS/NAME, and of which day; all of it where that is null. */
  subject?: string;
  day?: string | null;
  /** What other agencies would be given, and by which labels. */
  sha256?: string;
  policy?: string;
  labels?: Labels;
  /** For what a machine is let in, what it shows to be known, and for how many days. */
  scope?: Word<'scope'>;
  credential?: Word<'credential'>;
  days?: number;
  /** By what the record would be protected: days by class, keys of witnesses, and the authority where it stays the same. */
  keep_days?: Record<string, number>;
  witnesses?: string[];
  authority?: string | null;
}

/** Labels that policies ask for, by what they are put on. */
export type Labels = Record<string, string[]>;

/** What other agencies are given. */
export interface Released {
  in_force: {
    sha256: string;
    policy: string;
    labels: Labels;
    agencies: string[];
    /** Who proposed it and who agreed; nobody where the station's file said it. */
    by: string[];
    since: string | null;
  } | null;
  /** Why what was agreed to gives nothing. */
  problem: string | null;
}

/** By what the record is protected at least. */
export interface Protected {
  keep_days: Record<string, number>;
  witnesses: string[];
  authority: string | null;
  /** Who proposed it and who agreed; nobody where settings and keys said it. */
  by: string[];
  since: string | null;
}

/** What was looked at: its kind, or its kind and which one of those. */
export type Looked = string | Record<string, number | Record<string, string>>;

/** That somebody looked at something, once or often. */
export interface Look {
  /** Its place in the record. */
  index: number;
  by: string | null;
  /** The machine that did, where nobody is named. */
  machine: string | null;
  what: Looked;
  why: string | null;
  /** 0 where this is the end of a look that was told before. */
  times: number;
  from: string;
  to: string;
  /** Of which agency they are that were given it, where it was given beside the page; empty for one that is not known. */
  given?: string;
}

/** That somebody was given something beside the page. */
export interface Disclosed {
  to: Looked;
  agency: string | null;
  /** Who took it, where people did. */
  by: string[];
  why: string | null;
  count: number;
  from: string;
  until: string;
}
