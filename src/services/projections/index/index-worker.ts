/** The program of an {@link IndexThread}: opens indexes and changes them as it is told, in the order of the messages. */
import { parentPort } from 'node:worker_threads';
import { assert } from '../../../primitives/assert.js';
import { CairnError } from '../../../primitives/errors.js';
import type { DatabaseOptions } from './database.js';
import { openFhirIndex } from './fhir-index.js';
import type { FhirIndex } from './fhir-index.js';
import type { Answer, Call } from './index-writer.js';

const indexes = new Map<number, FhirIndex>();

function run({ index: id, method, args }: Call): unknown {
  if (method === 'open') {
    indexes.set(id, openFhirIndex(args[0] as DatabaseOptions));
    return undefined;
  }
  const index = indexes.get(id);
  assert(index !== undefined, 'an index is opened before it is changed');
  if (method === 'close') indexes.delete(id);
  return (index[method] as (...args: readonly unknown[]) => unknown).apply(index, [...args]);
}

function failureOf(error: unknown): NonNullable<Answer['failure']> {
  const message = error instanceof Error ? error.message : 'unknown failure';
  return error instanceof CairnError ? { code: error.code, message } : { message };
}

parentPort?.on('message', (call: Call) => {
  let answer: Answer;
  try {
    answer = { call: call.call, value: run(call) };
  } catch (error) {
    answer = { call: call.call, failure: failureOf(error) };
  }
  parentPort?.postMessage(answer);
});
