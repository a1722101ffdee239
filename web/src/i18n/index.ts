import type { Lang, Name } from '../types';
import { en } from './en';
import { zh, type Key } from './zh';

const words: Record<Lang, Record<Key, string>> = { zh, en };

export type Vars = Record<string, string | number>;

/** The words for a key, with {names} filled in. */
export function say(lang: Lang, key: Key, vars: Vars = {}): string {
  return words[lang][key].replace(/\{(\w+)\}/g, (_, name: string) => String(vars[name] ?? ''));
}

/** The words for a value that comes from the server, or the value itself where we have none. */
export function word(lang: Lang, group: string, value: string | null | undefined): string {
  if (!value) return '';
  const table: Record<string, string> = words[lang];
  return table[`${group}.${value}`] ?? value;
}

/** Whether we have words for such a value. */
export function known(group: string, value: string): boolean {
  return `${group}.${value}` in zh;
}

/** A thing's name in the language asked for, else in the other, else its code. */
export function nameOf(lang: Lang, thing: { name?: Partial<Name> | null; code?: string; id?: string }): string {
  const name = thing.name ?? {};
  const [first, second] = lang === 'zh' ? [name.zh, name.en] : [name.en, name.zh];
  return first || second || thing.code || thing.id?.replace(/^[^:]*:/, '') || '';
}
