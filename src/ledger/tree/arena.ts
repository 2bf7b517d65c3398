/** Memory in small pieces of few arrays: an array of its own for each page would cost more than its hashes. */
export class Arena {
  readonly #blockBytes: number;
  readonly #blocks: Uint8Array[] = [];
  /** Blocks in use, and bytes used of the last of them. */
  #blockCount = 0;
  #used = 0;

  /** @param blockBytes how much is allocated at once; 0 gives each piece an array of its own. */
  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes;
  }

  /** A piece whose content is whatever was there before. */
  take(length: number): Uint8Array {
    let block = this.#blocks[this.#blockCount - 1];
    if (block === undefined || this.#used + length > block.length) {
      block = this.#nextBlock(length);
      this.#used = 0;
    }
    return block.subarray(this.#used, (this.#used += length));
  }

  /** Makes all memory available again: pieces taken before must not be used any more. */
  reset(): void {
    this.#blockCount = 0;
    this.#blocks.length = this.#blocks.length > BLOCKS_KEPT_MAX ? BLOCKS_KEPT_MAX : this.#blocks.length;
  }

  #nextBlock(length: number): Uint8Array {
    const index = this.#blockCount++;
    const kept = this.#blocks[index];
    if (kept !== undefined && kept.length >= length) return kept;
    const block = new Uint8Array(length > this.#blockBytes ? length : this.#blockBytes);
    this.#blocks[index] = block;
    return block;
  }
}

/** What a block of a thousand changes takes, when blocks are as the state tree has them. */
const BLOCKS_KEPT_MAX = 32;
