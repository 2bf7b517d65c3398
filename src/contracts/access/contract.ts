import { consent } from '../consent/contract.js';
import { records } from '../records/contract.js';
import { registry } from '../registry/contract.js';
import { accessErrors } from './errors.js';
import { open } from './open.js';
import { accessState } from './state.js';

export const access = {
  name: 'access',
  state: accessState,
  reads: [registry, consent, records],
  errors: accessErrors,
  messages: { open },
} as const;
