/*
 * Application keys with their values, one after another, as undo records and snapshot chunks hold them (CBOR would cost
 * more than the hashing does):
 *
 *   entry = key length (4 bytes) ‖ value length + 1 (4 bytes; 0: no value) ‖ key ‖ value        lengths big-endian
 */
import type { StateChange } from './state-store.js';

const HEADER_BYTES = 8;

export function encodedEntryBytes({ key, value }: StateChange): number {
  return HEADER_BYTES + key.length + (value?.length ?? 0);
}

export function encodeEntries(entries: readonly StateChange[]): Uint8Array {
  let length = 0;
  for (const entry of entries) length += encodedEntryBytes(entry);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const { key, value } of entries) {
    view.setUint32(offset, key.length);
    view.setUint32(offset + 4, value === undefined ? 0 : value.length + 1);
    bytes.set(key, offset + HEADER_BYTES);
    if (value !== undefined) bytes.set(value, offset + HEADER_BYTES + key.length);
    offset += HEADER_BYTES + key.length + (value?.length ?? 0);
  }
  return bytes;
}

/** Undefined for what {@link encodeEntries} does not write. */
export function decodeEntries(bytes: Uint8Array): StateChange[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: StateChange[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes.length - offset < HEADER_BYTES) return undefined;
    const keyBytes = view.getUint32(offset);
    const valueBytes = view.getUint32(offset + 4) - 1;
    offset += HEADER_BYTES;
    const end = offset + keyBytes + (valueBytes < 0 ? 0 : valueBytes);
    if (end > bytes.length) return undefined;
    entries.push({
      key: bytes.slice(offset, offset + keyBytes),
      value: valueBytes < 0 ? undefined : bytes.slice(offset + keyBytes, end),
    });
    offset = end;
  }
  return entries;
}
