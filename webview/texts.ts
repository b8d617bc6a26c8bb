/** The texts the host sent, filled in. */
import { signal } from '@preact/signals';
import type { TextKey, Texts } from '../extension/protocol/webview-texts';
import { ENGLISH } from '../extension/protocol/webview-texts';

/** Raised when the host sends texts; 0 before it did. What shows texts is built anew for another value. */
export const textsRevision = signal(0);

let table: Texts = ENGLISH;
let numbers = new Intl.NumberFormat('en');

/** Takes the host's texts and number format. */
export function setTexts(texts: Texts, locale: string): void {
  table = texts;
  try {
    numbers = new Intl.NumberFormat(locale);
  } catch {
    numbers = new Intl.NumberFormat('en');
  }
  textsRevision.value++;
}

/** The text of `key` with `{0}` … replaced by `values`. */
export function t(key: TextKey, ...values: readonly (string | number)[]): string {
  return table[key].replace(/\{(\d)\}/g, (_, index: string) => {
    const value = values[Number(index)];
    return value === undefined ? '' : typeof value === 'number' ? count(value) : value;
  });
}

/** The text of `key`, or of its singular when `amount` is 1, with `{0}` the amount. */
export function plural<K extends TextKey>(key: `${K}One` extends TextKey ? K : never, amount: number): string {
  return amount === 1 ? t(`${key}One` as TextKey) : t(key, amount);
}

/** A whole number with the separators of the language. */
export function count(value: number): string {
  return numbers.format(value);
}
