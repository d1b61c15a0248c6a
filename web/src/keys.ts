// Keys of the whole page. Letters go by their place on the keyboard, so that they act under an
// Arabic layout too.
import { TABS } from './address';
import { aside, distress } from './alerts/order';
import { desk } from './desk.svelte';
import { record } from './record.svelte';
import { shown } from './shown.svelte';

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.matches('input:not([type=radio]):not([type=checkbox]), textarea, select') ||
    target.isContentEditable);

/** What letter and digit keys do, by place on the keyboard. */
const LETTERS: Record<string, () => void> = {
  KeyA: () => desk.acknowledge(),
  KeyD: () => desk.open('dispatch'),
  KeyC: () => desk.open('close'),
  KeyH: () => shelve(),
  KeyF: () => (desk.floor = true),
  KeyW: () => void desk.askMoves(),
  KeyY: () => answer(true),
  KeyN: () => answer(false),
  KeyM: () => desk.openTrack('merge'),
  KeyS: () => desk.openTrack('split'),
  KeyL: () => desk.openTrack('relabel'),
  KeyP: () => pin(),
  Slash: () => document.querySelector<HTMLInputElement>('#find')?.focus(),
  ...Object.fromEntries(TABS.map((tab, i) => [`Digit${i + 1}`, () => (shown.tab = tab)])),
};

/** Shelves the alert that is meant, or takes it from the shelf. */
function shelve(): void {
  const alert = desk.meant();
  if (!alert || distress(alert)) return;
  if (alert.state === 'shelved') desk.open('unshelve');
  else if (!aside(alert)) desk.open('shelve');
}

function answer(needsHelp: boolean): void {
  if (desk.alert && desk.alert.stage !== 'closed') desk.answerHelp(desk.alert, needsHelp);
}

/** Pins the selected track, or lets it go again. */
function pin(): void {
  if (!desk.track) return;
  const pinned = desk.pinOf(desk.track);
  if (pinned === null) desk.openTrack('pin');
  else desk.openTrack('undo', pinned);
}

function escape(): void {
  const find = document.activeElement;
  if (find instanceof HTMLInputElement && find.id === 'find') return find.blur();
  if (desk.help) desk.help = false;
  else if (desk.floor) desk.floor = false;
  else if (desk.doors) desk.leaveDoors();
  else if (record.shown) record.shown = false;
  else if (desk.people) desk.people = false;
  else if (desk.passkeys) desk.passkeys = false;
  else if (desk.form) desk.leave();
  else if (desk.asksMoves) desk.leaveMoves();
  else shown.selection = null;
}

/** Whether up and down are free: not inside something that moves by them itself (tabs move sideways). */
const arrowsFree = (target: EventTarget | null) =>
  !(target instanceof Element) ||
  !target.closest('[role=slider], [role=radiogroup], [role=grid], .map, select');

export function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === 'Escape') return done(event, escape);
  if (typing(event.target)) return;
  if (event.key === '?' || event.key === '؟') return done(event, () => (desk.help = !desk.help));
  if (record.shown || desk.help || desk.floor || desk.doors || desk.people) return;
  if (desk.passkeys || desk.form) return;
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    if (shown.tab !== 'alerts' || !arrowsFree(event.target)) return;
    return done(event, () => desk.step(event.key === 'ArrowDown' ? 1 : -1));
  }
  const act = desk.letters && !event.shiftKey ? LETTERS[event.code] : undefined;
  if (act) done(event, act);
}

function done(event: KeyboardEvent, act: () => void): void {
  event.preventDefault();
  act();
}
