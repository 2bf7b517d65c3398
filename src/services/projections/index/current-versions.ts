/** A version of a record as far as it matters to which versions are current. */
export interface RecordVersion {
  readonly pk: number;
  readonly version: number;
  readonly compartmentHex: string;
  readonly leaf: number;
  readonly author: string;
  /** 1 if this organisation wrote it. */
  readonly own: number;
}

/**
 * Those of the versions of one record (with one type and id) that a search finds. The ledger lets anyone with a write grant append a
 * version to any record, so that a version number alone must not decide: otherwise a foreign version could take the place of
 * what this organisation wrote. Instead,
 * - of each author, the latest version is current;
 * - but a foreign one is not if this organisation has itself gone on to a higher version.
 *
 * So an own version is replaced by own versions only, and what another author makes of the record stands beside it. The latest
 * is that of the highest version number, then compartment and leaf: a matter of the set of versions, not of their order. The result
 * for all versions is also that for the current ones and one more, which is all that has to be looked at when one is added.
 */
export function currentVersions<T extends RecordVersion>(versions: readonly T[]): T[] {
  const latestByAuthor = new Map<string, T>();
  for (const version of versions) {
    const line = version.own === 1 ? '' : version.author;
    const latest = latestByAuthor.get(line);
    if (latest === undefined || isLater(version, latest)) latestByAuthor.set(line, version);
  }
  const own = latestByAuthor.get('');
  return [...latestByAuthor.values()].filter(
    (latest) => latest === own || own === undefined || latest.version >= own.version,
  );
}

function isLater(a: RecordVersion, b: RecordVersion): boolean {
  if (a.version !== b.version) return a.version > b.version;
  if (a.compartmentHex !== b.compartmentHex) return a.compartmentHex > b.compartmentHex;
  return a.leaf > b.leaf;
}
