/**
 * Proleptic Gregorian days without `Date`: a day is the number of days since 1970-01-01 (Howard Hinnant,
 * "chrono-compatible low-level date algorithms").
 */
import { CairnError } from '../../primitives/errors.js';

export const DAYS_PER_YEAR = 365.2425;

/** The demonstration country keeps one offset the whole year, so that a local date never shifts. */
const OFFSET = '-05:00';

/** @throws `demo-data.bad-date` unless `text` is an existing date `YYYY-MM-DD` from 1990 to 2100. */
export function parseDay(text: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  const day = match === null ? Number.NaN : dayOf(Number(match[1]), Number(match[2]), Number(match[3]));
  if (Number.isNaN(day) || dateText(day) !== text || text < '1990' || text > '2100') {
    throw new CairnError(
      'demo-data.bad-date',
      'Give the reference date as an existing day YYYY-MM-DD between 1990 and 2100.',
    );
  }
  return day;
}

export function dateText(day: number): string {
  const { year, month, dayOfMonth } = civil(day);
  return `${year}-${pad(month)}-${pad(dayOfMonth)}`;
}

/** @param minute - of the day, 0 to 1439. */
export function instantText(day: number, minute: number): string {
  return `${dateText(day)}T${pad(Math.floor(minute / 60))}:${pad(minute % 60)}:00${OFFSET}`;
}

export function yearOf(day: number): number {
  return civil(day).year;
}

/** The same day and month `years` later; 29 February becomes 1 March where there is none. */
export function addYears(day: number, years: number): number {
  const { year, month, dayOfMonth } = civil(day);
  return dayOf(year + years, month, dayOfMonth);
}

export function yearsBetween(from: number, to: number): number {
  return (to - from) / DAYS_PER_YEAR;
}

/** Moves a Saturday or a Sunday to the Monday after it. */
export function workday(day: number): number {
  const sinceMonday = (((day + 3) % 7) + 7) % 7;
  return sinceMonday < 5 ? day : day + 7 - sinceMonday;
}

function dayOf(year: number, month: number, dayOfMonth: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + dayOfMonth - 1;
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468;
}

function civil(day: number): { year: number; month: number; dayOfMonth: number } {
  const shifted = day + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const dayOfMonth = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfMonth };
}

function pad(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
