// The architecture, as data: `.dependency-cruiser.mjs` and `eslint.config.js` enforce it, `test/tooling` tests that they do.

/** Folders of `src/`. Each may import itself and those before it. */
export const LAYERS = [
  'primitives',
  'ledger',
  'contracts',
  'wire',
  'platform',
  'consensus',
  'vault',
  'custody',
  'services',
  'verify',
  'sdk',
  'node',
  'cli',
];

/** Same input, same output, on every machine: no clock, no randomness, no I/O, no floats, no locale. */
export const PURE_LAYERS = ['primitives', 'ledger', 'contracts', 'verify'];

/** Layers that browsers load: no Node.js module in them. */
export const BROWSER_LAYERS = [...PURE_LAYERS, 'wire', 'sdk'];

/** Layers that may import less than the order allows. */
export const IMPORTS_ONLY = {
  wire: ['primitives', 'ledger', 'contracts'],
  verify: ['primitives', 'ledger', 'contracts'],
  sdk: ['primitives', 'ledger', 'contracts', 'wire', 'verify'],
};

/** Implementations of interfaces. Only these layers choose one; the others get it as a parameter. */
export const PLATFORM_USERS = ['node', 'cli'];

/** Packages that the pure layers may import: no I/O, no global state, same result on every engine. */
export const PURE_PACKAGES = [
  '@noble/ciphers',
  '@noble/curves',
  '@noble/hashes',
  '@noble/post-quantum',
  'canonicalize',
  'cborg',
  'cosmjs-types',
  'zod',
];

/**
 * Primitives of clients (patients, custody) whose library draws randomness itself, with the packages each may import.
 * They run in browsers, and no other pure file may import them.
 */
export const RANDOM_PRIMITIVES = {
  'src/primitives/sealing.ts': ['@hpke/core', '@hpke/hybridkem-x-wing'],
  'src/primitives/shamir.ts': ['shamir-secret-sharing'],
};
