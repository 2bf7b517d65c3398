/** Instants in milliseconds since the Unix epoch, half open: `lo <= t < hi`. */
export interface DateRange {
  readonly lo: number;
  readonly hi: number;
}

/** Stands for an open end of a Period: beyond every date that FHIR can write, exact in a double and in SQLite. */
export const DISTANT_PAST = -8_640_000_000_000_000;
export const DISTANT_FUTURE = 8_640_000_000_000_000;

const PATTERN = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * The instants that a FHIR date, dateTime or instant covers, at its own precision (R4 3.1.1.4.7): `2015` is the whole year.
 * A value without time zone counts as UTC, so that an index does not depend on where it was built.
 * Anything finer than a millisecond is cut to it. Undefined if the text is not a date.
 */
export function dateRange(text: string): DateRange | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, yearText, monthText, dayText, hourText, minuteText, secondText, fraction, zone] = match;
  const year = Number(yearText);
  if (monthText === undefined) return { lo: utc(year, 0, 1), hi: utc(year + 1, 0, 1) };
  const month = Number(monthText) - 1;
  if (month < 0 || month > 11) return undefined;
  if (dayText === undefined) return { lo: utc(year, month, 1), hi: utc(year, month + 1, 1) };
  const day = Number(dayText);
  const midnight = utc(year, month, day);
  if (day < 1 || midnight >= utc(year, month + 1, 1)) return undefined;
  if (hourText === undefined) return { lo: midnight, hi: midnight + DAY };
  const hour = Number(hourText);
  const minute = Number(minuteText);
  const second = Number(secondText ?? '0');
  // 60 is a leap second, and 24:00 the end of a day.
  if (hour > 24 || (hour === 24 && minute + second > 0) || minute > 59 || second > 60) return undefined;
  const offset = zoneOffset(zone);
  if (offset === undefined) return undefined;
  const lo = midnight + (hour * 60 + minute) * MINUTE + second * 1000 - offset;
  if (secondText === undefined) return { lo, hi: lo + MINUTE };
  if (fraction === undefined) return { lo, hi: lo + 1000 };
  const width = fraction.length >= 3 ? 1 : 10 ** (3 - fraction.length);
  const start = lo + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return { lo: start, hi: start + width };
}

function zoneOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * MINUTE;
}

/** `Date.UTC` without its habit of moving the years 0 to 99 into the twentieth century. */
function utc(year: number, month: number, day: number): number {
  return year >= 100 ? Date.UTC(year, month, day) : Date.UTC(year + 400, month, day) - 146_097 * DAY;
}
