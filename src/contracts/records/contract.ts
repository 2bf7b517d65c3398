import { consent } from '../consent/contract.js';
import { registry } from '../registry/contract.js';
import { append } from './append.js';
import { attestErasure } from './attest-erasure.js';
import { erase } from './erase.js';
import { recordsErrors } from './errors.js';
import { recordsState } from './state.js';

export const records = {
  name: 'records',
  state: recordsState,
  reads: [registry, consent],
  errors: recordsErrors,
  messages: { append, erase, attestErasure },
} as const;
