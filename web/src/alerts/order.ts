// In which order alerts ask for attention.
import { WORDS, type Alert, type Outcome, type TaskKind } from '../contract';

const PRIORITIES = WORDS.priority;

/** Open before closed, unacknowledged first, then by priority, then the newest. */
export function ordered(alerts: Iterable<Alert>): Alert[] {
  return [...alerts].sort(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
      Date.parse(b.raised_at) - Date.parse(a.raised_at) ||
      b.id - a.id,
  );
}

const rankOf = ({ stage }: Alert) => (stage === 'raised' ? 0 : stage === 'closed' ? 2 : 1);

export const waiting = (alerts: Alert[]): Alert[] => alerts.filter((a) => a.stage === 'raised');

/** Whether an alert is about somebody, so that "needs help?" must be asked. */
export const aboutSomebody = ({ kind }: Alert): boolean =>
  kind === 'crossing-predicted' ||
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
