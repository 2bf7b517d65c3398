const ZONE = /(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Whether one FHIR date, dateTime or instant is certainly later than another; both are well formed. A date names all of
 * its day, month or year, and without a time zone it may be that of any zone, so it is rarely certain.
 */
export function isCertainlyAfter(a: string, b: string): boolean {
  const zoneA = ZONE.exec(a)?.[0];
  const zoneB = ZONE.exec(b)?.[0];
  if (zoneA === undefined && zoneB === undefined) {
    const length = Math.min(a.length, b.length);
    return a.slice(0, length) > b.slice(0, length);
  }
  // Milliseconds: a leap second gives NaN, which is after nothing.
  return earliest(a, zoneA) > latest(b, zoneB);
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function earliest(date: string, zone: string | undefined): number {
  return zone === undefined ? Date.parse(date) - 14 * HOUR_MS : Date.parse(date);
}

function latest(date: string, zone: string | undefined): number {
  if (zone !== undefined) return Date.parse(date);
  const [year = 0, month, day] = date.split('-').map(Number);
  const next =
    day !== undefined
      ? Date.parse(date) + DAY_MS
      : month !== undefined
        ? Date.UTC(year, month, 1)
        : Date.UTC(year + 1, 0, 1);
  return next + 12 * HOUR_MS;
}
