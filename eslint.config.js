import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { PURE_LAYERS, RANDOM_PRIMITIVES } from './scripts/layers.js';
import { determinismRules, encodingRules } from './scripts/lint/determinism.js';
import { houseRules } from './scripts/lint/house-rules.js';

const TESTS = ['**/*.test.ts', 'test/**/*.ts', 'testkit/**/*.ts', 'sim/**/*.ts'];

/** @type {(plugin: string, rules: object) => Record<string, 'error'>} */
const allOf = (plugin, rules) => Object.fromEntries(Object.keys(rules).map((name) => [`${plugin}/${name}`, 'error']));

/** The configuration for a tree at `root`; the tests lint planted snippets elsewhere with the same one. */
export function configFor(/** @type {string} */ root) {
  return defineConfig(
    { ignores: ['dist/**', 'coverage/**', 'node_modules/**'] },
    { linterOptions: { reportUnusedDisableDirectives: 'error' } },
    js.configs.recommended,
    tseslint.configs.recommendedTypeChecked,
    {
      languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
      plugins: { cairn: { rules: houseRules }, determinism: { rules: { ...determinismRules, ...encodingRules } } },
      rules: {
        'array-callback-return': 'error',
        eqeqeq: 'error',
        'max-lines': ['warn', { max: 400, skipBlankLines: true, skipComments: true }],
        'no-eval': 'error',
        'no-self-compare': 'error',
        'no-template-curly-in-string': 'error',
        'no-unreachable-loop': 'error',
        'no-useless-return': 'error',
        'no-var': 'error',
        'object-shorthand': 'error',
        'prefer-const': 'error',
        '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
        '@typescript-eslint/no-import-type-side-effects': 'error',
        '@typescript-eslint/no-non-null-assertion': 'error',
        '@typescript-eslint/no-unused-vars': [
          'error',
          { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
        ],
        // What was caught and kept may be thrown again.
        '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true, allowThrowingAny: false }],
        '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
        '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
        // An implementation of an asynchronous interface may have nothing to wait for.
        '@typescript-eslint/require-await': 'off',
      },
    },
    { files: ['src/**/*.ts'], ignores: TESTS, rules: allOf('cairn', houseRules) },
    { files: ['src/primitives/errors.ts'], rules: { 'cairn/no-bare-error': 'off' } },
    { files: ['src/node/config.ts', 'src/node/config/**'], rules: { 'cairn/no-ambient-configuration': 'off' } },
    {
      files: ['src/cli/**'],
      rules: { 'cairn/no-ambient-configuration': 'off', 'cairn/no-console': 'off' },
    },
    {
      files: PURE_LAYERS.map((layer) => `src/${layer}/**/*.ts`),
      ignores: TESTS,
      rules: allOf('determinism', determinismRules),
    },
    // The layers checker says which packages these may import.
    { files: Object.keys(RANDOM_PRIMITIVES), rules: { 'determinism/no-impure-import': 'off' } },
    {
      files: ['src/ledger/**/*.ts', 'src/contracts/**/*.ts'],
      ignores: TESTS,
      rules: allOf('determinism', encodingRules),
    },
    {
      files: TESTS,
      rules: {
        'max-lines': 'off', // tables are long
        '@typescript-eslint/no-non-null-assertion': 'off',
        '@typescript-eslint/no-unsafe-argument': 'off',
        '@typescript-eslint/no-unsafe-assignment': 'off',
        '@typescript-eslint/no-unsafe-call': 'off',
        '@typescript-eslint/no-unsafe-member-access': 'off',
        '@typescript-eslint/no-unsafe-return': 'off',
      },
    },
    {
      files: ['**/*.js', '**/*.mjs'],
      extends: [tseslint.configs.disableTypeChecked],
      rules: { 'no-undef': 'off' }, // `checkJs` sees more
    },
  );
}

export default configFor(import.meta.dirname);
