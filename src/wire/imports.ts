import { Type, type Static } from 'typebox';
import { bytes, FHIR_JSON, lines, type Endpoint } from './endpoint.js';
import { problemSchema } from './problem.js';
import { count, nullable, object } from './values.js';

const fileName = Type.String({
  minLength: 1,
  maxLength: 1000,
  description: 'for the report; .ndjson: a resource a line',
});

/** Most files, and UTF-16 units of one, that a request may bring. */
export const IMPORT_LIMITS = { filesMax: 1000, fileLengthMax: 128 * 1024 * 1024 } as const;

export const importFileSchema = object({
  name: fileName,
  /** A FHIR Bundle, a resource, or a resource a line, as text: so that numbers keep their precision. */
  text: Type.String(),
});

export type ImportFile = Static<typeof importFileSchema>;

/** Why something was refused: what is wrong and where, never what it said. */
const issueSchema = object({
  code: Type.String({ description: 'FHIR issue type' }),
  diagnostics: Type.String(),
  expression: nullable(Type.String({ description: 'FHIRPath of the element' })),
});

export const fileReportSchema = object({
  name: fileName,
  /** New resources and new versions. */
  accepted: count,
  /** Stored before with exactly this content. */
  unchanged: count,
  refused: Type.Array(
    object({
      /** Entry of the bundle, or line, from 0. */
      index: count,
      type: Type.String(),
      issues: Type.Array(issueSchema),
    }),
  ),
  /** Why nothing of the file could be read; null when it could. */
  unreadable: nullable(Type.Array(issueSchema)),
});

export type FileReport = Static<typeof fileReportSchema>;

const importDoneSchema = object({
  type: Type.Literal('done'),
  files: count,
  accepted: count,
  unchanged: count,
  refused: count,
});

export const importStepSchema = Type.Union([
  object({ type: Type.Literal('progress'), files: count, resources: count, characters: count }),
  object({ type: Type.Literal('file'), report: fileReportSchema }),
  importDoneSchema,
  /** The node could not go on. What was imported stays; repeat the import. */
  object({ type: Type.Literal('failed'), problem: problemSchema }),
]);

export type ImportStep = Static<typeof importStepSchema>;

export const importFiles = {
  id: 'importFiles',
  method: 'POST',
  path: '/api/v1/import',
  access: 'write',
  group: 'administration',
  summary: 'Import FHIR files in the order given; what is there already is passed over, so it can be repeated',
  body: lines(importFileSchema),
  reply: lines(importStepSchema),
} as const satisfies Endpoint;

export const importFile = {
  id: 'importFile',
  method: 'POST',
  path: '/api/v1/import/file',
  access: 'write',
  group: 'administration',
  summary: 'Import one FHIR file as it is',
  query: object({ name: Type.Optional(fileName) }),
  body: bytes(FHIR_JSON),
  reply: lines(importStepSchema),
} as const satisfies Endpoint;
