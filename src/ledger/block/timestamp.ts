import { ProtobufWriter } from '../../primitives/protobuf-writer.js';

/** A `google.protobuf.Timestamp`: UTC without leap seconds. */
export interface Timestamp {
  /** Seconds since the Unix epoch, {@link TIMESTAMP_SECONDS_MIN} to {@link TIMESTAMP_SECONDS_MAX}. */
  readonly seconds: number;
  /** 0 to 999,999,999, counted forward from `seconds`. */
  readonly nanos: number;
}

/** 0001-01-01T00:00:00Z. */
export const TIMESTAMP_SECONDS_MIN = -62_135_596_800;
/** 9999-12-31T23:59:59Z. */
export const TIMESTAMP_SECONDS_MAX = 253_402_300_799;

/** Go's zero `time.Time`, which CometBFT writes where there is no time. */
export const ZERO_TIME: Timestamp = { seconds: TIMESTAMP_SECONDS_MIN, nanos: 0 };

/** Whether the value lies in the years 1 to 9999, the range of the protobuf type. */
export function isTimestamp({ seconds, nanos }: Timestamp): boolean {
  return (
    Number.isSafeInteger(seconds) &&
    seconds >= TIMESTAMP_SECONDS_MIN &&
    seconds <= TIMESTAMP_SECONDS_MAX &&
    Number.isSafeInteger(nanos) &&
    nanos >= 0 &&
    nanos <= 999_999_999
  );
}

/** Negative, zero or positive, as `a` is before, equal to or after `b`. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.seconds === b.seconds ? a.nanos - b.nanos : a.seconds - b.seconds;
}

/** May leave the range of a timestamp; then it still compares correctly. */
export function addSeconds(time: Timestamp, seconds: number): Timestamp {
  return { seconds: time.seconds + seconds, nanos: time.nanos };
}

/** Protobuf `google.protobuf.Timestamp`. */
export function encodeTimestamp({ seconds, nanos }: Timestamp): Uint8Array {
  return new ProtobufWriter().int(1, seconds).int(2, nanos).finish();
}
