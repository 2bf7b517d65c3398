import { assert } from '../../../primitives/assert.js';

/**
 * A scanner over JSON text that `JSON.parse` has accepted already. It finds where things stand; it does not check them.
 * Offsets are UTF-16 code units into the text; an end is exclusive.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/**
 * Reads the object that opens at `start`.
 *
 * @param visit gets each member's decoded name and where its value starts; gives the end of the value where it has read
 *   that itself
 * @returns the end of the object
 */
export function readObject(
  text: string,
  start: number,
  visit: (name: string, valueStart: number) => number | undefined,
): number {
  assert(text.charCodeAt(start) === OPEN_BRACE, 'an object opens here');
  let at = skipBlank(text, start + 1);
  while (text.charCodeAt(at) !== CLOSE_BRACE) {
    const nameEnd = endOfString(text, at);
    const valueStart = skipBlank(text, skipBlank(text, nameEnd) + 1);
    const valueEnd = visit(decodeString(text, at, nameEnd), valueStart) ?? endOfValue(text, valueStart);
    at = afterComma(text, valueEnd);
  }
  return at + 1;
}

/** Reads the array that opens at `start`; otherwise as {@link readObject}. */
export function readArray(text: string, start: number, visit: (itemStart: number) => number | undefined): number {
  assert(text.charCodeAt(start) === OPEN_BRACKET, 'an array opens here');
  let at = skipBlank(text, start + 1);
  while (text.charCodeAt(at) !== CLOSE_BRACKET) at = afterComma(text, visit(at) ?? endOfValue(text, at));
  return at + 1;
}

function afterComma(text: string, at: number): number {
  const next = skipBlank(text, at);
  return text.charCodeAt(next) === COMMA ? skipBlank(text, next + 1) : next;
}

/**
 * Calls `visit` for each member, at any depth, whose value is a string, with the member's raw name (as written, without
 * quotes) and the offsets of the value's text between its quotes. Items of an array carry the name of the array.
 */
export function forEachStringMember(
  text: string,
  visit: (name: string, contentStart: number, contentEnd: number) => void,
): void {
  const arrayNames: string[] = [];
  let name = '';
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      const next = skipBlank(text, end);
      if (text.charCodeAt(next) === COLON) {
        name = text.slice(at + 1, end - 1);
        at = next;
      } else {
        visit(name, at + 1, end - 1);
        at = end - 1;
      }
    } else if (code === OPEN_BRACKET) {
      arrayNames.push(name);
    } else if (code === CLOSE_BRACKET) {
      arrayNames.pop();
    } else if (code === COMMA || code === OPEN_BRACE) {
      name = arrayNames.at(-1) ?? '';
    }
  }
}

/** First offset at or after `at` that is not white space. */
export function skipBlank(text: string, at: number): number {
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** End of the string whose opening quote stands at `start`. */
export function endOfString(text: string, start: number): number {
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    assert(quote >= 0, 'every string is closed');
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
    from = quote + 1;
  }
}

/** End of the value that starts at `start`. */
export function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return endOfLiteral(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return text.length;
}

function endOfLiteral(text: string, start: number): number {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= SPACE || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET) break;
  }
  return at;
}

function decodeString(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : raw;
}
