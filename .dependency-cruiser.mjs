import {
  BROWSER_LAYERS,
  IMPORTS_ONLY,
  LAYERS,
  PLATFORM_USERS,
  PURE_LAYERS,
  PURE_PACKAGES,
  RANDOM_PRIMITIVES,
} from './scripts/layers.js';

const TEST_FILE = '\\.test\\.ts$';
const TEST_CODE = '\\.test\\.ts$|^(bench|sim|test|testkit)/';
const folders = (/** @type {string[]} */ layers) => `^src/(${layers.join('|')})/`;
const files = (/** @type {string[]} */ paths) => `^(${paths.join('|')})$`;
const packages = (/** @type {string[]} */ names) => `^node_modules/(${names.join('|')})/`;

/** A layer imports itself and what stands before it. A test may use the real platform as well. */
const upward = LAYERS.slice(0, -1).map((layer, index) => {
  const above = LAYERS.slice(index + 1);
  return {
    name: `no-upward-import-from-${layer}`,
    comment: `src/${layer} may import only ${LAYERS.slice(0, index + 1).join(', ')} (scripts/layers.js).`,
    severity: 'error',
    from: { path: folders([layer]), pathNot: TEST_FILE },
    to: { path: folders(above) },
  };
});

const upwardFromTests = LAYERS.slice(0, -1).map((layer, index) => ({
  name: `no-upward-import-from-tests-of-${layer}`,
  comment: 'A test beside its source keeps to the layers too, but may use src/platform. Put wider tests into test/.',
  severity: 'error',
  from: { path: `^src/${layer}/.*${TEST_FILE}` },
  to: { path: folders(LAYERS.slice(index + 1)), pathNot: '^src/platform/' },
}));

const only = Object.entries(IMPORTS_ONLY).map(([layer, allowed]) => ({
  name: `${layer}-imports-only`,
  comment: `src/${layer} may import only ${allowed.join(', ')}.`,
  severity: 'error',
  from: { path: folders([layer]), pathNot: TEST_FILE },
  to: { path: '^src/', pathNot: folders([layer, ...allowed]) },
}));

const randomPrimitives = Object.entries(RANDOM_PRIMITIVES).map(([file, allowed]) => ({
  name: `packages-of-${file.replace(/^.*\/|\.ts$/g, '')}`,
  comment: `${file} may import ${allowed.join(', ')} besides what every pure file may.`,
  severity: 'error',
  from: { path: files([file]) },
  to: { path: '^node_modules/', pathNot: packages([...PURE_PACKAGES, ...allowed]) },
}));

export default {
  forbidden: [
    ...upward,
    ...upwardFromTests,
    ...only,
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'platform-is-a-parameter',
      comment: `Only ${PLATFORM_USERS.join(' and ')} choose an implementation; take the interface as a parameter instead.`,
      severity: 'error',
      from: { path: '^src/', pathNot: [folders(['platform', ...PLATFORM_USERS]), TEST_FILE] },
      to: { path: '^src/platform/' },
    },
    {
      name: 'no-node-module-in-browser-layers',
      comment: `${BROWSER_LAYERS.join(', ')} also run in browsers.`,
      severity: 'error',
      from: { path: folders(BROWSER_LAYERS), pathNot: TEST_FILE },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-packages-only',
      comment: 'The pure layers import the packages that scripts/layers.js lists and no other.',
      severity: 'error',
      from: { path: folders(PURE_LAYERS), pathNot: [TEST_FILE, files(Object.keys(RANDOM_PRIMITIVES))] },
      to: { path: '^node_modules/', pathNot: packages(PURE_PACKAGES) },
    },
    ...randomPrimitives,
    {
      name: 'no-random-primitive-in-pure-code',
      comment: 'Validators must compute the same, and these draw randomness. They are for clients and custody.',
      severity: 'error',
      from: { path: folders(PURE_LAYERS), pathNot: TEST_FILE },
      to: { path: files(Object.keys(RANDOM_PRIMITIVES)) },
    },
    {
      name: 'no-test-code-in-source',
      comment: 'What a test needs from another test stands in test/support or testkit/; sources never import it.',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST_FILE },
      to: { path: TEST_CODE },
    },
    {
      name: 'no-import-of-a-test',
      comment: 'Importing a test file runs its tests twice.',
      severity: 'error',
      from: {},
      to: { path: TEST_FILE },
    },
    {
      name: 'http-is-outermost',
      comment: 'Services do not know that they are reached over HTTP.',
      severity: 'error',
      from: { path: '^src/services/', pathNot: ['^src/services/http/', TEST_FILE] },
      to: { path: '^src/services/http/' },
    },
    {
      name: 'projections-stand-alone',
      comment:
        'A projection derives from ledger, vault and keys alone, so that it can be rebuilt without the other services.',
      severity: 'error',
      from: { path: '^src/services/projections/', pathNot: TEST_FILE },
      to: { path: '^src/services/', pathNot: '^src/services/projections/' },
    },
    {
      name: 'no-dev-dependency-in-source',
      comment: 'What the program imports is a dependency, not a devDependency.',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST_FILE },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-undeclared-package',
      comment: 'Declare it in package.json and docs/dependencies.md.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolved-import',
      comment: 'Nothing stands at that path.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      mainFields: ['module', 'main', 'types'], // @medplum/fhirtypes has nothing but types
    },
  },
};
