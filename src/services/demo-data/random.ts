/**
 * A seeded stream of numbers for demonstration data: sfc32 by Chris Doty-Humphrey (PractRand, public domain), 128 bits of
 * state. It is no cryptography. Only exact operations (integers, + − × ÷, sqrt) are used here and by the callers:
 * `Math.log` or `Math.pow` may differ in the last bit between engines, and then the same seed would not give the same bytes.
 */
export class Random {
  readonly #seed: number;
  readonly #label: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed - safe integer ≥ 0. @param label - names the stream; streams of one seed are independent of each other. */
  constructor(seed: number, label: string) {
    this.#seed = seed;
    this.#label = label;
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 0x1_0000_0000) | 0;
    this.#c = fnv1a(label);
    for (let round = 0; round < 15; round++) this.next();
  }

  /** A stream of its own, so that a change in one part of a life leaves the other parts as they were. */
  fork(label: string): Random {
    return new Random(this.#seed, `${this.#label}/${label}`);
  }

  /** Uniform unsigned 32-bit integer. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (this.next() / 0x1_0000_0000) * (high - low);
  }

  /** Uniform integer in [low, high]. */
  integer(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  chance(probability: number): boolean {
    return this.between(0, 1) < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)] as T;
  }

  /** Picks by weight: `[['likely', 9], ['rare', 1]]`. */
  weighted<T>(choices: readonly (readonly [item: T, weight: number])[]): T {
    let rest = this.between(
      0,
      choices.reduce((sum, [, weight]) => sum + weight, 0),
    );
    for (const [item, weight] of choices) {
      rest -= weight;
      if (rest < 0) return item;
    }
    return (choices.at(-1) as (typeof choices)[number])[0];
  }

  /** Bell-shaped (the sum of four uniforms), never further than 3.46 standard deviations from the mean. */
  normal(mean: number, deviation: number): number {
    const sum = this.between(0, 1) + this.between(0, 1) + this.between(0, 1) + this.between(0, 1);
    return mean + (sum - 2) * Math.sqrt(3) * deviation;
  }

  /** A UUID of version 4's shape (RFC 9562 §5.4) whose bits come from this stream. */
  uuid(): string {
    const hex = [this.next(), this.next(), this.next(), this.next()]
      .map((word) => word.toString(16).padStart(8, '0'))
      .join('');
    const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) & 3];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}
