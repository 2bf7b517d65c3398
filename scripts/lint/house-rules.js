// ESLint rules for all of `src/`. A rule without a row in test/tooling/lint-rules.test.ts fails that test.
import { globalReferences, isGlobal, isMember, rule } from './determinism.js';

const BARE_ERRORS = ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'EvalError', 'URIError', 'AggregateError'];

/** @type {Record<string, import('eslint').Rule.RuleModule>} */
export const houseRules = {
  'no-bare-error': rule(
    'Throw CairnError with a stable code for what may happen, InvariantError (assert) for a defect.',
    (context, report) => ({
      'NewExpression, CallExpression'(node) {
        const name = BARE_ERRORS.find((error) => isGlobal(context, node.callee, error));
        if (name !== undefined) report(node, name);
      },
    }),
  ),

  'no-default-export': rule(
    'A default export has a different name in every importer: name it.',
    (_context, report) => ({
      ExportDefaultDeclaration: (node) => report(node, 'export default'),
      'ExportSpecifier[exported.name="default"]': (node) => report(node, 'default'),
    }),
  ),

  'no-ambient-configuration': rule(
    'Only src/node/config and src/cli read the environment: take the setting as a parameter.',
    (_context, report) => ({
      MemberExpression(node) {
        for (const name of ['env', 'argv', 'exit', 'exitCode', 'cwd', 'chdir']) {
          if (isMember(node, 'process', name)) report(node, `process.${name}`);
        }
      },
    }),
  ),

  'no-console': rule(
    'Only src/cli and bench print: return the text, or log through the logger that is passed in.',
    (context, report) => ({
      'Program:exit'(program) {
        for (const { identifier } of globalReferences(context, program, ['console'])) report(identifier, 'console');
      },
      MemberExpression(node) {
        for (const name of ['stdout', 'stderr']) if (isMember(node, 'process', name)) report(node, `process.${name}`);
      },
    }),
  ),
};
