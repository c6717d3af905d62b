/** Times as people say them: relative, with the exact one to hover on. */

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86400],
  ['month', 30 * 86400],
  ['week', 7 * 86400],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60]
];

/** Return the locale for Intl of one of Lab's language codes ("de_DE", "default"). */
export function localeOf(languageCode: string): string {
  const tag = languageCode.replace('_', '-');
  try {
    return Intl.getCanonicalLocales(tag === 'default' ? 'en' : tag)[0] ?? 'en';
  } catch {
    return 'en';
  }
}

/** Return "in 3 days" or "2 hours ago". */
export function relative(then: Date, now: Date, locale: string): string {
  const seconds = (then.getTime() - now.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) {
      return format.format(Math.trunc(seconds / size), unit);
    }
  }
  return format.format(0, 'minute');
}

/** Return the date and time in full, in the browser's zone or in the one that is named. */
export function exact(then: Date, locale: string, zone?: string): string {
  const format = new Intl.DateTimeFormat(locale, {
    dateStyle: 'full',
    timeStyle: 'short',
    timeZone: zone
  });
  return zone ? `${format.format(then)} (${zone})` : format.format(then);
}

/** Return the time of day. */
export function clock(then: Date, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(then);
}

/** Return the milliseconds until the first of these times that is still to come; Infinity where none is. */
export function untilNext(times: (string | null)[], now: Date): number {
  const waits = times.map(time => (time ? +new Date(time) - +now : 0));
  return Math.min(...waits.filter(wait => wait > 0), Infinity);
}

/** Return a number with at most three decimals, as the locale writes it. */
export function number(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }).format(
    value
  );
}
