/** Numbers, sizes, times and durations as people of a language write them. Pure: `now` is an argument. */
export interface Format {
  readonly number: (value: number, digits?: number) => string;
  /** @param ratio 0 to 1. Never rounds up to 100 %: one failure in thousands shall be seen. */
  readonly percent: (ratio: number) => string;
  /** @param octets */
  readonly bytes: (octets: number) => string;
  /** @param ms milliseconds, one unit: `4.2 ms`, `37 s`, `5 min`, `3 days` */
  readonly duration: (ms: number) => string;
  /** @param at Unix milliseconds */
  readonly time: (at: number) => string;
  /** Without seconds. */
  readonly minute: (at: number) => string;
  readonly dateTime: (at: number) => string;
  readonly date: (at: number) => string;
  /** `5 minutes ago`, `in 3 days` */
  readonly ago: (at: number, now: number) => string;
}

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;
const SPANS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
  ['millisecond', 1],
] as const;

const NO_TIME = '—';
/** What calendars have (ECMA-262 §21.4.1.1): anything else would throw, and take the page with it. */
const isTime = (at: number): boolean => Math.abs(at) <= 8.64e15;

export function createFormat(locale: string): Format {
  const made = new Map<string, Intl.NumberFormat>();
  const numbers = (options: Intl.NumberFormatOptions): Intl.NumberFormat => {
    const key = JSON.stringify(options);
    let found = made.get(key);
    if (!found) made.set(key, (found = new Intl.NumberFormat(locale, options)));
    return found;
  };
  const unit = (value: number, name: string, digits: number): string =>
    numbers({ style: 'unit', unit: name, unitDisplay: name === 'day' ? 'long' : 'short', maximumFractionDigits: digits }).format(value);
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const minute = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  return {
    number: (value, digits = 0) => numbers({ maximumFractionDigits: digits }).format(value),
    percent: (ratio) => {
      const digits = ratio > 0.99 && ratio < 1 ? 2 : 1;
      const step = 10 ** (digits + 2);
      return numbers({ style: 'percent', maximumFractionDigits: digits }).format(ratio < 1 ? Math.floor(ratio * step) / step : ratio);
    },
    bytes: (octets) => {
      const size = Math.min(SIZES.length - 1, octets < 1 ? 0 : Math.floor(Math.log10(octets) / 3));
      const value = octets / 1000 ** size;
      return unit(value, SIZES[size] ?? 'byte', size === 0 || value >= 100 ? 0 : 1);
    },
    duration: (ms) => {
      const [name, length] = SPANS.find(([, length]) => ms >= length) ?? ['millisecond', 1];
      return unit(ms / length, name, ms / length < 10 ? 1 : 0);
    },
    time: (at) => (isTime(at) ? time.format(at) : NO_TIME),
    minute: (at) => (isTime(at) ? minute.format(at) : NO_TIME),
    date: (at) => (isTime(at) ? date.format(at) : NO_TIME),
    dateTime: (at) => (isTime(at) ? dateTime.format(at) : NO_TIME),
    ago: (at, now) => {
      if (!isTime(at)) return NO_TIME;
      const off = at - now;
      const [name, length] = SPANS.find(([, length]) => Math.abs(off) >= length && length >= 1000) ?? ['second', 1000];
      return relative.format(Math.trunc(off / length), name === 'millisecond' ? 'second' : name);
    },
  };
}
