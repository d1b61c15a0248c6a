// In which order alerts ask for attention.
import { WORDS, type Alert, type Outcome, type TaskKind } from '../contract';

const PRIORITIES = WORDS.priority;

/** Open before closed, unacknowledged first and what is put aside last, then by priority, then the newest. */
export function ordered(alerts: Iterable<Alert>): Alert[] {
  return [...alerts].sort(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
      Date.parse(b.raised_at) - Date.parse(a.raised_at) ||
      b.id - a.id,
  );
}

const WAITS: readonly Alert['state'][] = [
  'unacknowledged',
  'returned-unacknowledged',
  'latched-unacknowledged',
];
const ASIDE: readonly Alert['state'][] = ['shelved', 'suppressed-by-design', 'out-of-service'];

/** Whether a person has yet to acknowledge it. */
export const waits = ({ stage, state }: Alert): boolean =>
  stage !== 'closed' && WAITS.includes(state);

/** Whether it was put aside, by a person or by design. */
export const aside = ({ stage, state }: Alert): boolean =>
  stage !== 'closed' && ASIDE.includes(state);

/** What may not be shelved or suppressed: somebody may be in distress. */
export const distress = ({ kind, needs_help }: Alert): boolean =>
  needs_help === true || kind === 'possible-distress' || kind === 'called-for-help';

const rankOf = (alert: Alert) =>
  alert.stage === 'closed' ? 3 : aside(alert) ? 2 : waits(alert) ? 0 : 1;

export const waiting = (alerts: Alert[]): Alert[] => alerts.filter(waits);

/** Whether an alert is about somebody, so that "needs help?" must be asked. */
export const aboutSomebody = ({ kind }: Alert): boolean =>
  kind === 'crossing-predicted' ||
  kind === 'approach' ||
  kind === 'loitering' ||
  kind === 'zone-entry' ||
  kind === 'ground-pattern' ||
  kind === 'crossed' ||
  kind === 'possible-distress' ||
  kind === 'called-for-help';

/** What a patrol would most likely be asked: help first, where help may be needed. */
export const likelyTask = (alert: Alert): TaskKind => {
  if (alert.needs_help || alert.kind === 'possible-distress' || alert.kind === 'called-for-help')
    return 'assist';
  return aboutSomebody(alert) ? 'approach' : 'inspect';
};

/** Outcomes that fit what the alert is about, likeliest first; all others follow. */
export function outcomesFor(alert: Alert): Outcome[] {
  if (alert.kind === 'called-for-help') return fittingFirst(['assisted', 'test', 'nothing']);
  const fitting: Outcome[] = aboutSomebody(alert)
    ? ['person', 'herder', 'animal', 'lawful', 'assisted', 'nothing']
    : ['restored', 'nothing'];
  return fittingFirst(fitting);
}

const fittingFirst = (fitting: Outcome[]): Outcome[] => [
  ...fitting,
  ...WORDS.outcome.filter((outcome) => !fitting.includes(outcome)),
];
