// Words and figures in the operator's language. Strings live in `strings/*.ftl`.
import { FluentBundle, type FluentVariable } from '@fluent/bundle';
import { SENTENCES, WORDS, type Family, type Height, type Text } from './contract';
import { LANGUAGES, type Language } from './languages';
import { shown } from './shown.svelte';

function bundleOf({ strings }: Language, locale: string): FluentBundle {
  const bundle = new FluentBundle(locale, { useIsolating: true });
  bundle.addResource(strings);
  return bundle;
}

const language = $derived(LANGUAGES.find(({ code }) => code === shown.language) ?? LANGUAGES[0]!);
const locale = $derived(`${language.locale}-u-nu-${shown.digits}`);
const bundle = $derived(bundleOf(language, locale));
const clock = $derived(
  new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }),
);
const shortClock = $derived(
  new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
  }),
);
const day = $derived(
  new Intl.DateTimeFormat(locale, {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  }),
);

/** The string of that key. A missing one shows as ⟦key⟧; the build refuses such a page. */
export function t(key: string, args?: Record<string, FluentVariable>): string {
  const pattern = bundle.getMessage(key)?.value;
  return pattern ? bundle.formatPattern(pattern, args ?? {}) : `⟦${key}⟧`;
}

/** The word for one of the station's closed sets; a word newer than this page shows as it came. */
export function word(family: Family, value: string): string {
  return (WORDS[family] as readonly string[]).includes(value) ? t(`${family}-${value}`) : value;
}

/** A sentence of the station's own in the operator's language; anybody else's as it came. */
export function told(sentence: string): string {
  const key = SENTENCES[sentence];
  return key ? t(key) : sentence;
}

/** Puts together what is there. (A middle dot would read as a zero among Arabic digits.) */
export function joined(...parts: (string | null | undefined | false)[]): string {
  return parts.filter(Boolean).join(t('separator'));
}

/** A sector's own text in the operator's language. */
export function said(text: Text | undefined, otherwise = ''): string {
  return text?.[shown.language] || text?.en || text?.ar || otherwise;
}

export function number(value: number, places = 0): string {
  return new Intl.NumberFormat(locale, {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    useGrouping: false,
  }).format(value);
}

export function percent(share: number): string {
  const floored = share < 1 ? Math.min(share, 0.99) : 1;
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(
    floored,
  );
}

export function km(value: number): string {
  return number(value, 1);
}

/** Rounds a length of time to what a person can use: seconds, then minutes, then hours. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return t('span-seconds', { n: s });
  const minutes = Math.round(s / 60);
  if (minutes < 120) return t('span-minutes', { n: minutes });
  return t('span-hours', { n: Math.round(minutes / 6) / 10 });
}

export function metres(value: number): string {
  return value < 1000
    ? t('metres', { n: Math.round(value) })
    : t('kilometres', { n: Math.round(value / 100) / 10 });
}

/** How it climbs, if that can be told from keeping its height: by two sigmas. */
export function climb({ climb_mps, climb_sigma_mps }: Height): string {
  if (Math.abs(climb_mps) < 2 * climb_sigma_mps) return t('keeps-height');
  const n = number(Math.abs(climb_mps), 1);
  return climb_mps > 0 ? t('climbs', { n }) : t('sinks', { n });
}

/** Time of day, UTC. */
export const time = (at: Date | string): string => clock.format(new Date(at));
export const shortTime = (at: Date | string): string => shortClock.format(new Date(at));
export const date = (at: Date | string): string => day.format(new Date(at));

export const direction = (): 'ltr' | 'rtl' => language.direction;
