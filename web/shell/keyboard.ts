/** Keys that work on every page: `/` searches, `?` helps, `g` and a letter goes to a page. */
import { signal } from '@preact/signals';
import { go } from '../lib/router.ts';
import { ENTRIES, base } from './pages.ts';

export const searchOpen = signal(false);
export const helpOpen = signal(false);

/** Milliseconds within which the letter follows the `g`. */
const FOLLOWS = 1500;

/** @returns how to stop */
export function listenToKeys(): () => void {
  let wentAt = -Infinity;
  const press = (e: KeyboardEvent): void => {
    if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || isTyping(e.target) || document.querySelector('dialog[open]')) return;
    const entry = e.timeStamp - wentAt < FOLLOWS ? ENTRIES.find((one) => one.letter === e.key) : undefined;
    wentAt = e.key === 'g' ? e.timeStamp : -Infinity;
    if (entry) go(base(entry.key));
    else if (e.key === '/') searchOpen.value = true;
    else if (e.key === '?') helpOpen.value = true;
    else return;
    e.preventDefault();
  };
  addEventListener('keydown', press);
  return () => removeEventListener('keydown', press);
}

const isTyping = (target: EventTarget | null): boolean => target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
