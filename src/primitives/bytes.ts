import { bytesToUtf8 as decodeUtf8Leniently, equalBytes as equalBytesConstantTime } from '@noble/ciphers/utils.js';
import { bytesToHex, hexToBytes, utf8ToBytes as encodeUtf8Leniently } from '@noble/hashes/utils.js';
import { CairnError } from './errors.js';

export { concatBytes } from '@noble/hashes/utils.js';

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** Bytes of hexadecimal text in either case. @throws CairnError `bytes.not-hex` */
export function fromHex(text: string): Uint8Array {
  try {
    return hexToBytes(text);
  } catch (cause) {
    throw new CairnError('bytes.not-hex', 'Expected an even number of hexadecimal digits and nothing else.', { cause });
  }
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BASE64URL_VALUE_BY_CHARACTER = new Map([...BASE64URL].map((character, value) => [character, value]));

/** RFC 4648 §5 without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    bitCount += 8;
    while (bitCount >= 6) {
      bitCount -= 6;
      text += BASE64URL.charAt((bits >> bitCount) & 63);
    }
    bits &= (1 << bitCount) - 1;
  }
  return bitCount === 0 ? text : text + BASE64URL.charAt((bits << (6 - bitCount)) & 63);
}

/**
 * The only bytes that {@link toBase64Url} writes as `text`: no padding, no white space, no other alphabet, and the unused
 * bits of the last character zero (RFC 4648 §3.5), so that one value has one spelling.
 * @throws CairnError `bytes.not-base64url`
 */
export function fromBase64Url(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let length = 0;
  let bits = 0;
  let bitCount = 0;
  for (const character of text) {
    const value = BASE64URL_VALUE_BY_CHARACTER.get(character);
    if (value === undefined) throw notBase64Url();
    bits = (bits << 6) | value;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes[length++] = bits >> bitCount;
      bits &= (1 << bitCount) - 1;
    }
  }
  if (bitCount === 6 || bits !== 0) throw notBase64Url();
  return bytes;
}

function notBase64Url(): CairnError {
  return new CairnError('bytes.not-base64url', 'Expected base64url text (RFC 4648 section 5) without padding.');
}

/** UTF-8. @throws CairnError `bytes.lone-surrogate` where the text has no UTF-8 form. */
export function utf8ToBytes(text: string): Uint8Array {
  if (hasLoneSurrogate(text)) {
    throw new CairnError('bytes.lone-surrogate', 'The text has half a surrogate pair and so no UTF-8 form.');
  }
  return encodeUtf8Leniently(text);
}

/** True where the text is not well-formed UTF-16. */
export function hasLoneSurrogate(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(i + 1);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return true;
    i++;
  }
  return false;
}

/**
 * Text of UTF-8 bytes, a leading U+FEFF kept. Nothing is replaced: the text encodes to the same bytes again.
 * @throws CairnError `bytes.not-utf8`
 */
export function bytesToUtf8(bytes: Uint8Array): string {
  const hasByteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  // The decoder below drops a byte order mark and replaces what is malformed: put back the one, refuse the other.
  const text = (hasByteOrderMark ? '\u{feff}' : '') + decodeUtf8Leniently(bytes);
  if (text.includes('\u{fffd}') && !equalBytes(encodeUtf8Leniently(text), bytes)) {
    throw new CairnError('bytes.not-utf8', 'The bytes are not UTF-8 text.');
  }
  return text;
}

/** Plain comparison, which may return early: not for secrets, for which there is {@link equalSecretBytes}. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

/** Comparison whose time depends on the lengths only. */
export function equalSecretBytes(a: Uint8Array, b: Uint8Array): boolean {
  return equalBytesConstantTime(a, b);
}

/** Lexicographic order, a prefix before what it begins: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = a.length < b.length ? a.length : b.length;
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
