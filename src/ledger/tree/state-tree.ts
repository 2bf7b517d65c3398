import { assert } from '../../primitives/assert.js';
import { compareBytes, equalBytes } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import type { Database, DatabaseWrite } from '../store/database.js';
import { Arena } from './arena.js';
import { InnerPage } from './inner-page.js';
import { compareChanges, LeafPage, type TreeChange } from './leaf-page.js';
import { EMPTY_ROOT, ENTRY_BYTES, NodeHasher } from './node-hash.js';
import { PageCache } from './page-cache.js';
import { corruptState, decodePage, encodePage, type Page } from './page-codec.js';
import { childPath, nibbleAt, pageKey, type PagePath } from './page-path.js';

/** Most entries of a leaf page; one more splits it. Measured, see `bench/state-tree.ts`. */
const LEAF_ENTRIES_MAX = 32;

/** A commit of a few changes takes one block, one of thousands takes a few. */
const ARENA_BLOCK_BYTES = 256 * 1024;

/** A version of the tree beside the current one: what differs from it. */
export interface StagedTree {
  readonly root: Uint8Array;
  /** The changes that lead back to the current version; none for what did not change. */
  readonly undo: readonly TreeChange[];
  /** Keys that the version has more (or, negative, fewer) than the current one. */
  readonly sizeChange: number;
  /** The pages that differ, by path. */
  readonly pages: ReadonlyMap<PagePath, PageChange>;
  /** Where the new pages are. */
  readonly arena: Arena;
}

/** Undefined: there is no such page. */
interface PageChange {
  readonly before: Page | undefined;
  readonly after: Page | undefined;
}

/**
 * The authenticated tree, in pages. Its root depends on the entries alone (see `node-hash.ts`); how they are spread over
 * pages depends on history and is nobody's business. A page stands at a prefix of 0 to 64 nibbles: an inner page holds the
 * hashes of its children, a leaf page all entries below it. The pages on the way to a key are read, checked and rewritten
 * when it changes, nothing else.
 */
export class StateTree {
  readonly #database: Database;
  readonly #cache: PageCache;
  readonly hasher: NodeHasher;
  #root: Uint8Array;
  /** Memory of the version committed last, for the next one to be staged. */
  #spareArena: Arena | undefined;
  /** The staged version on its way to disk: readers go on seeing the pages that it replaces. */
  #pending: StagedTree | undefined;

  /** @param root what the root page has to hash to. */
  constructor(
    crypto: Pick<Crypto, 'sha256'>,
    database: Database,
    options: { root: Uint8Array; pageCacheBytes: number },
  ) {
    this.hasher = new NodeHasher(crypto);
    this.#database = database;
    this.#cache = new PageCache(options.pageCacheBytes);
    this.#root = options.root;
  }

  /** 32 bytes. */
  get root(): Uint8Array {
    return this.#root;
  }

  get isEmpty(): boolean {
    return equalBytes(this.#root, EMPTY_ROOT);
  }

  /** The root page. @throws CairnError `state.corrupt` */
  rootPage(): Page | undefined {
    return this.isEmpty ? undefined : this.page('', this.#root);
  }

  /** A page of the current version, whose hash its parent knows. @throws CairnError `state.corrupt` */
  page(path: PagePath, hash: Uint8Array): Page {
    const page = this.#pending?.pages.get(path)?.before ?? this.#cache.get(path) ?? this.#read(path);
    if (!equalBytes(page.hash, hash))
      throw corruptState('a page of the state tree does not have the hash its parent holds');
    return page;
  }

  #read(path: PagePath): Page {
    const bytes = this.#database.get(pageKey(path));
    if (bytes === undefined) throw corruptState('a page of the state tree is missing');
    const page = decodePage(this.hasher, bytes);
    this.#cache.set(path, page);
    return page;
  }

  /** Value hash of a key; undefined when it is absent. @throws CairnError `state.corrupt` */
  get(treeKey: Uint8Array): Uint8Array | undefined {
    let path: PagePath = '';
    let page = this.rootPage();
    while (page?.kind === 'inner') {
      const nibble = nibbleAt(treeKey, 0, path.length);
      const hash = page.child(nibble);
      path = childPath(path, nibble);
      page = hash === undefined ? undefined : this.page(path, hash);
    }
    if (page === undefined) return undefined;
    const index = page.lowerBound(treeKey);
    return page.hasAt(index, treeKey) ? page.valueHash(index) : undefined;
  }

  /** The version that changes lead to, at most one a key. Nothing is written. @throws CairnError `state.corrupt` */
  stage(changes: readonly TreeChange[]): StagedTree {
    const sorted = [...changes].sort(compareChanges);
    for (let i = 1; i < sorted.length; i++) {
      assert(
        compareBytes((sorted[i - 1] as TreeChange).treeKey, (sorted[i] as TreeChange).treeKey) < 0,
        'one change a key',
      );
    }
    const arena = this.#spareArena ?? new Arena(ARENA_BLOCK_BYTES);
    this.#spareArena = undefined;
    return new Staging(this, arena, sorted).run();
  }

  /** What makes a staged version durable. */
  writes(staged: StagedTree): DatabaseWrite[] {
    const writes: DatabaseWrite[] = [];
    for (const [path, { after }] of staged.pages) {
      writes.push({ key: pageKey(path), value: after === undefined ? undefined : encodePage(staged.arena, after) });
    }
    return writes;
  }

  /** Runs `write`, which puts {@link writes} on disk, and moves on to the staged version when it has succeeded. */
  async advance(staged: StagedTree, write: () => Promise<void>): Promise<void> {
    this.#pending = staged;
    try {
      await write();
      this.#root = staged.root;
      for (const [path, { after }] of staged.pages) {
        if (after === undefined) this.#cache.delete(path);
        else this.#cache.succeed(path, after);
      }
      staged.arena.reset();
      this.#spareArena = staged.arena;
    } finally {
      this.#pending = undefined;
    }
  }
}

/** One run of {@link StateTree.stage}: visits every page on the way to a change once and makes its successor. */
class Staging {
  readonly #tree: StateTree;
  readonly #arena: Arena;
  readonly #changes: readonly TreeChange[];
  readonly #pages = new Map<PagePath, PageChange>();
  readonly #undo: TreeChange[] = [];
  #sizeChange = 0;

  constructor(tree: StateTree, arena: Arena, changes: readonly TreeChange[]) {
    this.#tree = tree;
    this.#arena = arena;
    this.#changes = changes;
  }

  run(): StagedTree {
    const page = this.#apply('', this.#tree.rootPage(), 0, this.#changes.length);
    const root = page === undefined ? EMPTY_ROOT : page.hash.slice();
    return { root, undo: this.#undo, sizeChange: this.#sizeChange, pages: this.#pages, arena: this.#arena };
  }

  /** The page that changes `[from, to)`, all below `path`, make of `page`; `page` itself when nothing changes. */
  #apply(path: PagePath, page: Page | undefined, from: number, to: number): Page | undefined {
    if (from === to) return page;
    if (page === undefined) return this.#insert(path, from, to);
    return page.kind === 'leaf' ? this.#applyToLeaf(path, page, from, to) : this.#applyToInner(path, page, from, to);
  }

  #applyToInner(path: PagePath, page: InnerPage, from: number, to: number): Page | undefined {
    const { length: depth } = path;
    let successor: InnerPage | undefined;
    let changed = 0;
    for (let start = from; start < to;) {
      const nibble = nibbleAt(this.#change(start).treeKey, 0, depth);
      let end = start + 1;
      while (end < to && nibbleAt(this.#change(end).treeKey, 0, depth) === nibble) end++;
      const below = childPath(path, nibble);
      const hash = page.child(nibble);
      const child = hash === undefined ? undefined : this.#tree.page(below, hash);
      const childSuccessor = this.#apply(below, child, start, end);
      if (childSuccessor !== child) {
        successor ??= page.edited(this.#arena);
        successor.setChild(nibble, childSuccessor?.hash);
        changed |= 1 << nibble;
      }
      start = end;
    }
    if (successor === undefined) return page;
    successor.rehash(this.#tree.hasher, changed);
    return this.#replace(path, page, successor.isEmpty ? undefined : successor);
  }

  #applyToLeaf(path: PagePath, page: LeafPage, from: number, to: number): Page | undefined {
    const merge = page.merge(this.#changes, from, to);
    if (merge === undefined) return page;
    for (const change of merge.undo) this.#undo.push(change);
    const count = merge.origins.length;
    this.#sizeChange += count - page.count;
    if (count === 0) return this.#replace(path, page, undefined);
    if (count > LEAF_ENTRIES_MAX) return this.#build(path, page, page.mergedEntries(merge));
    return this.#replace(path, page, page.merged(this.#arena, this.#tree.hasher, merge));
  }

  #insert(path: PagePath, from: number, to: number): Page | undefined {
    const entries = new Uint8Array((to - from) * ENTRY_BYTES);
    let length = 0;
    for (let i = from; i < to; i++) {
      const { treeKey, valueHash } = this.#change(i);
      if (valueHash === undefined) continue;
      entries.set(treeKey, length);
      entries.set(valueHash, length + treeKey.length);
      length += ENTRY_BYTES;
      this.#undo.push({ treeKey, valueHash: undefined });
    }
    if (length === 0) return undefined;
    this.#sizeChange += Math.trunc(length / ENTRY_BYTES);
    return this.#build(path, undefined, entries.subarray(0, length));
  }

  /** Pages for entries below a path where there was at most one leaf page. */
  #build(path: PagePath, replaced: Page | undefined, entries: Uint8Array): Page {
    if (entries.length <= LEAF_ENTRIES_MAX * ENTRY_BYTES) {
      return this.#replace(path, replaced, LeafPage.build(this.#arena, this.#tree.hasher, entries));
    }
    const page = InnerPage.empty(this.#arena);
    let children = 0;
    for (let start = 0; start < entries.length;) {
      const nibble = nibbleAt(entries, start, path.length);
      let end = start + ENTRY_BYTES;
      while (end < entries.length && nibbleAt(entries, end, path.length) === nibble) end += ENTRY_BYTES;
      page.setChild(nibble, this.#build(childPath(path, nibble), undefined, entries.subarray(start, end)).hash);
      children |= 1 << nibble;
      start = end;
    }
    page.rehash(this.#tree.hasher, children);
    return this.#replace(path, replaced, page);
  }

  #replace<T extends Page | undefined>(path: PagePath, before: Page | undefined, after: T): T {
    this.#pages.set(path, { before, after });
    return after;
  }

  #change(index: number): TreeChange {
    return this.#changes[index] as TreeChange;
  }
}
