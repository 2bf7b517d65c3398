// ESLint rules for the pure layers: the same input gives the same output on every machine, engine and version.
// The compiler's restricted `lib` (tsconfig.pure.json) rejects most host globals; these rules ban what it cannot.
// A rule without a row in test/tooling/lint-rules.test.ts fails that test.
import ts from 'typescript';
import { builtinModules } from 'node:module';
import { PURE_PACKAGES } from '../layers.js';

/** @typedef {import('eslint').Rule.RuleContext} Context */
/** @typedef {import('eslint').Rule.Node} NodeWithParent */
/** @typedef {Parameters<import('eslint').SourceCode['getScope']>[0]} Node */
/** @typedef {import('eslint').SourceCode['ast']} Program */
/** @typedef {(node: Node, found?: string) => void} Report */

const EXACT_MATH = ['abs', 'ceil', 'clz32', 'floor', 'imul', 'max', 'min', 'sign', 'trunc'];
const ROUNDING_MATH = ['ceil', 'floor', 'trunc'];
const RANDOM_FUNCTIONS = ['randomBytes', 'randomSecretKey', 'randomPrivateKey', 'randomUUID', 'getRandomValues'];

/** @type {Record<string, import('eslint').Rule.RuleModule>} */
export const determinismRules = {
  'no-clock': bannedGlobals(
    ['Date', 'performance', 'Temporal'],
    'Validators read different clocks: take the block time as a parameter.',
  ),

  'no-timers': bannedGlobals(
    [
      ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'],
      ...['queueMicrotask', 'requestAnimationFrame', 'requestIdleCallback'],
    ],
    'The outcome must not depend on when something runs.',
  ),

  'no-host': bannedGlobals(
    [
      ...['globalThis', 'window', 'self', 'global', 'process', 'console', 'navigator', 'document', 'location'],
      ...['fetch', 'XMLHttpRequest', 'WebSocket', 'Worker', 'localStorage', 'indexedDB', 'crypto', 'Buffer'],
      ...['TextEncoder', 'TextDecoder', 'structuredClone', 'require', 'module', '__dirname', '__filename'],
    ],
    'The pure layers see no host: take what is needed as a parameter (Crypto, Database), bytes helpers from primitives.',
  ),

  'no-randomness': rule('Validators must compute the same: take random bytes as a parameter.', (_context, report) => ({
    MemberExpression(node) {
      const name = propertyName(node);
      if (name !== undefined && (RANDOM_FUNCTIONS.includes(name) || isMember(node, 'Math', 'random')))
        report(node, name);
    },
    ImportSpecifier(node) {
      const name = node.imported.type === 'Identifier' ? node.imported.name : String(node.imported.value);
      if (RANDOM_FUNCTIONS.includes(name)) report(node, name);
    },
  })),

  'no-inexact-math': rule(
    `ECMAScript leaves the last bits to the engine: use integers, or Math.${EXACT_MATH.join(', ')}.`,
    (context, report) => ({
      'Program:exit'(program) {
        for (const { identifier } of globalReferences(context, program, ['Math'])) {
          const parent = parentOf(identifier);
          const name =
            parent.type === 'MemberExpression' && parent.object === identifier ? propertyName(parent) : undefined;
          if (name === 'random') continue; // no-randomness says it better
          if (name === undefined || !EXACT_MATH.includes(name))
            report(parent, name === undefined ? 'Math' : `Math.${name}`);
        }
      },
      'BinaryExpression[operator="**"], AssignmentExpression[operator="**="]'(node) {
        if (!isBigInt(context, node.left) && !isSafePowerOfTwo(node)) report(node, node.operator);
      },
    }),
  ),

  'no-float': rule(
    'Numbers of the ledger are integers (bigint beyond 2^53): scale, or keep numerator and denominator.',
    (context, report) => ({
      Literal(node) {
        if (typeof node.value === 'number' && !Number.isSafeInteger(node.value)) report(node, String(node.raw));
      },
      MemberExpression(node) {
        for (const name of ['EPSILON', 'MAX_VALUE', 'MIN_VALUE', 'NaN', 'POSITIVE_INFINITY', 'NEGATIVE_INFINITY']) {
          if (isMember(node, 'Number', name)) report(node, `Number.${name}`);
        }
        const name = propertyName(node);
        if (name !== undefined && /^(get|set)Float(16|32|64)$|^to(Fixed|Precision|Exponential)$/.test(name))
          report(node, name);
      },
      'Program:exit'(program) {
        const names = ['NaN', 'Infinity', 'Float16Array', 'Float32Array', 'Float64Array'];
        for (const { identifier } of globalReferences(context, program, names)) report(identifier, identifier.name);
      },
    }),
  ),

  // Math.floor(a / b) of safe integers is exact: the quotient's rounding error is less than 1/b.
  'no-division': rule(
    'A quotient of numbers is a float: divide bigints, or write Math.floor(a / b) or Math.trunc(a / b).',
    (context, report) => ({
      'BinaryExpression[operator="/"]'(node) {
        const parent = parentOf(node);
        const rounded =
          parent.type === 'CallExpression' && ROUNDING_MATH.some((name) => isMember(parent.callee, 'Math', name));
        if (!rounded && !isBigInt(context, node.left)) report(node, '/');
      },
      'AssignmentExpression[operator="/="]'(node) {
        if (!isBigInt(context, node.left)) report(node, '/=');
      },
    }),
  ),

  'no-number-parsing': rule(
    'Text to number conversion accepts floats, blanks and hexadecimal: match the digits, then parseInt(digits, 10) or BigInt(digits).',
    (context, report) => ({
      CallExpression(node) {
        const { callee } = node;
        if (isGlobal(context, callee, 'parseFloat') || isMember(callee, 'Number', 'parseFloat'))
          report(node, 'parseFloat');
        const argument = node.arguments[0];
        if (isGlobal(context, callee, 'Number') && argument !== undefined && !isNumeric(context, argument))
          report(node, 'Number');
        const isParseInt = isGlobal(context, callee, 'parseInt') || isMember(callee, 'Number', 'parseInt');
        if (isParseInt && node.arguments.length < 2) report(node, 'parseInt without radix');
      },
      'UnaryExpression[operator="+"]'(node) {
        if (!isNumeric(context, node.argument)) report(node, '+');
      },
    }),
  ),

  'no-locale': rule(
    'The result depends on the language settings and data of the machine: compare and format bytes.',
    (context, report) => ({
      MemberExpression(node) {
        const name = propertyName(node);
        if (name !== undefined && /^toLocale|^localeCompare$/.test(name)) report(node, name);
      },
      'Program:exit'(program) {
        for (const { identifier } of globalReferences(context, program, ['Intl'])) report(identifier, 'Intl');
      },
    }),
  ),

  'no-unicode-tables': rule(
    'The result changes with the Unicode version of the engine: accept ASCII or opaque text, and refuse the rest by code point.',
    (context, report) => ({
      MemberExpression(node) {
        const name = propertyName(node);
        if (name === undefined || !['normalize', 'toLowerCase', 'toUpperCase'].includes(name)) return;
        if (isString(context, node.object)) report(node, name);
      },
      'Literal[regex]'(node) {
        const { pattern, flags } = /** @type {Extract<Node, { regex: object }>} */ (node).regex;
        if (/[uv]/.test(flags) && (flags.includes('i') || /\\p\{/i.test(pattern))) report(node, `/${pattern}/${flags}`);
      },
    }),
  ),

  'no-for-in': rule(
    'for-in walks prototypes in an order that engines have disagreed on: use for-of over sorted keys.',
    (_context, report) => ({
      ForInStatement: (node) => report(node, 'for-in'),
    }),
  ),

  'no-default-sort': rule(
    'Without a comparator anything but strings sorts as if it were text: say what the order is.',
    (context, report) => ({
      CallExpression(node) {
        const name = node.callee.type === 'MemberExpression' ? propertyName(node.callee) : undefined;
        if ((name !== 'sort' && name !== 'toSorted') || node.arguments.length > 0) return;
        if (!isStringArray(context, node.callee.object)) report(node, name);
      },
    }),
  ),

  'no-host-endianness': rule(
    'A multi-byte view of a buffer has the byte order of the machine: use DataView.',
    (context, report) => ({
      NewExpression(node) {
        const [argument] = node.arguments;
        if (node.callee.type !== 'Identifier' || argument === undefined) return;
        if (!/^(Big)?(Int|Uint)(16|32|64)Array$/.test(node.callee.name)) return;
        if (node.arguments.length > 1 || isBuffer(context, argument)) report(node, node.callee.name);
      },
    }),
  ),

  'no-garbage-collection': bannedGlobals(
    ['WeakRef', 'FinalizationRegistry'],
    'When the collector runs differs from machine to machine.',
  ),

  'no-shared-memory': bannedGlobals(
    ['SharedArrayBuffer', 'Atomics'],
    'Threads interleave differently on every machine.',
  ),

  'no-race': rule('Which promise settles first differs from run to run: await them in order.', (_context, report) => ({
    MemberExpression(node) {
      for (const name of ['race', 'any']) if (isMember(node, 'Promise', name)) report(node, `Promise.${name}`);
    },
  })),

  'no-eval': rule('Code that is not in the repository cannot be reviewed or versioned.', (context, report) => ({
    'Program:exit'(program) {
      for (const { identifier } of globalReferences(context, program, ['eval', 'Function'])) {
        const { type } = parentOf(identifier);
        if (type === 'CallExpression' || type === 'NewExpression') report(identifier, identifier.name);
      }
    },
  })),

  'no-stack-trace': rule('Stack traces differ between engines and builds.', (_context, report) => ({
    MemberExpression(node) {
      const name = propertyName(node);
      if (name === 'stack' || name === 'captureStackTrace') report(node, name);
    },
  })),

  'no-impure-import': rule(
    'The pure layers import only each other and the packages listed in scripts/layers.js.',
    (_context, report) => ({
      'ImportDeclaration, ExportNamedDeclaration[source], ExportAllDeclaration'(node) {
        const specifier = String(node.source.value);
        if (!isPureImport(specifier)) report(node.source, specifier);
      },
      ImportExpression: (node) => report(node, 'import()'),
      MetaProperty(node) {
        if (node.meta.name === 'import') report(node, 'import.meta');
      },
    }),
  ),

  'no-module-state': rule(
    'What a module remembers, a restarted node has forgotten: keep it in the state or pass it in.',
    (_context, report) => ({
      ':matches(Program, ExportNamedDeclaration) > VariableDeclaration[kind!="const"]'(node) {
        report(node, node.kind);
      },
    }),
  ),
};

/** Rules for `src/ledger` and `src/contracts` only: what they write is signed, hashed or replicated. */
/** @type {Record<string, import('eslint').Rule.RuleModule>} */
export const encodingRules = {
  'no-json-encoding': rule('JSON has no canonical form: encode with encodeCbor.', (_context, report) => ({
    MemberExpression(node) {
      if (isMember(node, 'JSON', 'stringify')) report(node, 'JSON.stringify');
    },
  })),
};

/**
 * @param {string} why what to do instead
 * @param {(context: Context, report: Report) => Record<string, (node: any) => void>} create
 * @returns {import('eslint').Rule.RuleModule}
 */
export function rule(why, create) {
  return {
    meta: { type: 'problem', schema: [], docs: { description: why }, messages: { banned: `'{{found}}': ${why}` } },
    create: (context) =>
      create(context, (node, found = '') => context.report({ node, messageId: 'banned', data: { found } })),
  };
}

/**
 * @param {string[]} names
 * @param {string} why
 */
function bannedGlobals(names, why) {
  return rule(why, (context, report) => ({
    'Program:exit'(program) {
      for (const { identifier } of globalReferences(context, program, names)) report(identifier, identifier.name);
    },
  }));
}

/**
 * References to globals, not to a parameter or import of the same name.
 * @param {Context} context
 * @param {Program} program
 * @param {string[]} names
 * @returns {{ identifier: Extract<Node, { type: 'Identifier' }> }[]}
 */
export function globalReferences(context, program, names) {
  const scope = context.sourceCode.scopeManager.globalScope ?? context.sourceCode.getScope(program);
  const declaredByLib = scope.variables.filter(({ defs }) => defs.length === 0).flatMap(({ references }) => references);
  const references = /** @type {{ identifier: Extract<Node, { type: 'Identifier' }> }[]} */ ([
    ...scope.through,
    ...declaredByLib,
  ]);
  return references.filter(({ identifier }) => names.includes(identifier.name));
}

/**
 * @param {Context} context
 * @param {Node} node
 * @param {string} name
 */
export function isGlobal(context, node, name) {
  return (
    node.type === 'Identifier' &&
    node.name === name &&
    globalReferences(context, context.sourceCode.ast, [name]).some(({ identifier }) => identifier === node)
  );
}

/** @param {string} specifier */
function isPureImport(specifier) {
  if (specifier.startsWith('./') || specifier.startsWith('../')) return true;
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return false;
  return PURE_PACKAGES.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

/**
 * Of any node but the program itself.
 * @param {Node} node
 * @returns {NodeWithParent}
 */
function parentOf(node) {
  return /** @type {NodeWithParent} */ (/** @type {NodeWithParent} */ (node).parent);
}

/**
 * `a.name`, `a['name']`; undefined where the name is computed.
 * @param {Extract<Node, { type: 'MemberExpression' }>} node
 */
function propertyName(node) {
  if (!node.computed) return node.property.type === 'Identifier' ? node.property.name : undefined;
  return node.property.type === 'Literal' && typeof node.property.value === 'string' ? node.property.value : undefined;
}

/**
 * @param {Node} node
 * @param {string} object
 * @param {string} property
 */
export function isMember(node, object, property) {
  return (
    node.type === 'MemberExpression' &&
    node.object.type === 'Identifier' &&
    node.object.name === object &&
    propertyName(node) === property
  );
}

/**
 * 2 ** 32 and the like, exact on every engine.
 * @param {Extract<Node, { type: 'BinaryExpression' }>} node
 */
function isSafePowerOfTwo({ left, right }) {
  return left.type === 'Literal' && left.value === 2 && right.type === 'Literal' && Number(right.value) <= 53;
}

/** @type {(context: Context, node: Node) => boolean} */
const isBigInt = (context, node) => hasType(context, node, ts.TypeFlags.BigIntLike);

/** @type {(context: Context, node: Node) => boolean} */
const isString = (context, node) => hasType(context, node, ts.TypeFlags.StringLike);

/** @type {(context: Context, node: Node) => boolean} */
const isNumeric = (context, node) => hasType(context, node, ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike);

/**
 * Whether every member of the expression's type has one of the flags.
 * @param {Context} context
 * @param {Node} node
 * @param {ts.TypeFlags} flags
 */
function hasType(context, node, flags) {
  const type = context.sourceCode.parserServices.getTypeAtLocation(node);
  const members = type.isUnion() ? type.types : [type];
  return members.every((/** @type {ts.Type} */ member) => (member.flags & flags) !== 0);
}

/**
 * @param {Context} context
 * @param {Node} node
 */
function isBuffer(context, node) {
  const type = context.sourceCode.parserServices.getTypeAtLocation(node);
  const members = type.isUnion() ? type.types : [type];
  return members.some((/** @type {ts.Type} */ member) => /^(Shared)?ArrayBuffer$/.test(member.symbol?.name ?? ''));
}

/**
 * @param {Context} context
 * @param {Node} node
 */
function isStringArray(context, node) {
  const services = context.sourceCode.parserServices;
  const checker = services.program.getTypeChecker();
  const type = services.getTypeAtLocation(node);
  if (!checker.isArrayType(type)) return false;
  const [element] = checker.getTypeArguments(type);
  return element !== undefined && (element.flags & ts.TypeFlags.StringLike) !== 0;
}
