/*
 * Times as integers and as text, by integer arithmetic on the proleptic Gregorian calendar, from year 1 to 9999. Leap
 * seconds do not exist in Unix time, so a 60th second is refused rather than moved.
 */
import { CairnError } from './errors.js';

const DAY_SECONDS = 86_400;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
const SECONDS_MIN = -62_135_596_800;
const SECONDS_MAX = 253_402_300_799;

/** `2026-11-20T13:55:00Z` of Unix seconds (RFC 3339). @throws CairnError `time.out-of-range` */
export function formatSeconds(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds < SECONDS_MIN || seconds > SECONDS_MAX) {
    throw outOfRange();
  }
  const days = Math.floor(seconds / DAY_SECONDS);
  const second = seconds - days * DAY_SECONDS;
  const { year, month, day } = dateOfDays(days);
  const [hours, minutes] = [Math.floor(second / 3600), Math.floor(second / 60) % 60];
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${pad(hours)}:${pad(minutes)}:${pad(second % 60)}Z`;
}

/** `2026-11-20T13:55:00.000Z` of Unix milliseconds: a FHIR `instant`, always in UTC. @throws CairnError `time.out-of-range` */
export function formatInstant(timeMs: number): string {
  const seconds = Math.floor(timeMs / 1000);
  const milliseconds = timeMs - seconds * 1000;
  if (!Number.isSafeInteger(milliseconds)) throw outOfRange();
  return `${formatSeconds(seconds).slice(0, -1)}.${pad(milliseconds, 3)}Z`;
}

/**
 * Unix seconds of an RFC 3339 date-time without a fraction, at any offset.
 * @throws CairnError `time.malformed`, `time.out-of-range`
 */
export function parseSeconds(text: string): number {
  const { seconds, fraction } = parseDateTime(text);
  if (fraction !== '') throw malformed();
  return seconds;
}

/**
 * Unix milliseconds of an RFC 3339 date-time or FHIR `instant`, at any offset. Digits beyond milliseconds are dropped.
 * @throws CairnError `time.malformed`, `time.out-of-range`
 */
export function parseInstant(text: string): number {
  const { seconds, fraction } = parseDateTime(text);
  return seconds * 1000 + parseInt(fraction.padEnd(3, '0').slice(0, 3), 10);
}

const DATE_TIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/;

function parseDateTime(text: string): { seconds: number; fraction: string } {
  const match = DATE_TIME.exec(text);
  if (match === null) throw malformed();
  const field = (index: number): number => parseInt(match[index] ?? '0', 10);
  const [year, month, day, hour, minute, second] = [field(1), field(2), field(3), field(4), field(5), field(6)];
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw malformed();
  if (hour > 23 || minute > 59 || second > 59 || field(9) > 23 || field(10) > 59) throw malformed();
  const offset = (match[8] === '-' ? -1 : 1) * (field(9) * 3600 + field(10) * 60);
  const seconds = daysOfDate(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset;
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) {
    throw outOfRange();
  }
  return { seconds, fraction: match[7] ?? '' };
}

const SECONDS_BY_UNIT: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', DAY_SECONDS],
  ['w', 7 * DAY_SECONDS],
]);

/**
 * Seconds of a duration such as `45s`, `15m`, `12h`, `30d` or `2w`: a whole positive number and one unit. A month or a year
 * is not a number of seconds.
 * @throws CairnError `time.malformed-duration`
 */
export function parseDuration(text: string): number {
  const [, count, unit = ''] = /^([1-9][0-9]{0,8})([smhdw])$/.exec(text) ?? [];
  const seconds = SECONDS_BY_UNIT.get(unit);
  if (count === undefined || seconds === undefined) {
    throw new CairnError('time.malformed-duration', 'A duration is a whole number and s, m, h, d or w: 30d, 12h.');
  }
  return parseInt(count, 10) * seconds;
}

// Days are counted from 1970-01-01 by way of years that begin on 1 March, so that a leap day comes last.
const DAYS_IN_400_YEARS = 146_097;
const DAYS_FROM_0000_03_01 = 719_468;

function daysOfDate(year: number, month: number, day: number): number {
  const shiftedYear = month > 2 ? year : year - 1;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = firstDayOfShiftedMonth((month + 9) % 12) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_IN_400_YEARS + dayOfEra - DAYS_FROM_0000_03_01;
}

function dateOfDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + DAYS_FROM_0000_03_01;
  const era = Math.floor(shifted / DAYS_IN_400_YEARS);
  const dayOfEra = shifted - era * DAYS_IN_400_YEARS;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - firstDayOfShiftedMonth(shiftedMonth) + 1 };
}

/** Days before a month in a year that begins on 1 March; month 0 is March. */
function firstDayOfShiftedMonth(shiftedMonth: number): number {
  return Math.floor((153 * shiftedMonth + 2) / 5);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function pad(value: number, length = 2): string {
  return value.toString().padStart(length, '0');
}

function malformed(): CairnError {
  return new CairnError('time.malformed', 'A time is written like 2026-11-20T13:55:00Z (RFC 3339).');
}

function outOfRange(): CairnError {
  return new CairnError('time.out-of-range', 'A time is a whole number and lies between the years 1 and 9999.');
}
