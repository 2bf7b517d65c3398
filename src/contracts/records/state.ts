import * as z from 'zod';
import { collection } from '../kernel/collection.js';
import { logCollection } from '../kernel/log.js';

export const recordsState = {
  /** One log a compartment: every version of every record, every erasure. */
  logs: logCollection<[subject: Uint8Array, compartment: Uint8Array]>('logs'),

  /** Who has written into a compartment: an author may read its own records on. */
  authors: collection<[subject: Uint8Array, compartment: Uint8Array, organisation: string], true>(
    'authors',
    z.literal(true),
  ),
};
