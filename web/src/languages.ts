// The languages of the page: one file each in `strings/`, which also says how it is written.
import { FluentBundle, FluentResource } from '@fluent/bundle';
import type { Digits } from './address';

const FILES = import.meta.glob<string>('./strings/*.ftl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export interface Language {
  code: string;
  /** Its name in itself. */
  name: string;
  direction: 'ltr' | 'rtl';
  /** Digits that its readers mostly expect. */
  digits: Digits;
  /** Locale for numbers and dates. */
  locale: string;
  strings: FluentResource;
}

function languageOf(path: string, source: string): Language {
  const strings = new FluentResource(source);
  const bundle = new FluentBundle('en', { useIsolating: false });
  bundle.addResource(strings);
  const fact = (key: string): string => {
    const pattern = bundle.getMessage(key)?.value;
    return pattern ? bundle.formatPattern(pattern) : '';
  };
  return {
    code: path.replace(/^.*\/(.+)\.ftl$/, '$1'),
    name: fact('language-name'),
    direction: fact('language-direction') === 'rtl' ? 'rtl' : 'ltr',
    digits: fact('language-digits') === 'arab' ? 'arab' : 'latn',
    locale: fact('language-locale'),
    strings,
  };
}

/** English first, then the others by code. */
export const LANGUAGES: readonly Language[] = Object.entries(FILES)
  .map(([path, source]) => languageOf(path, source))
  .sort((a, b) => Number(b.code === 'en') - Number(a.code === 'en') || (a.code < b.code ? -1 : 1));
