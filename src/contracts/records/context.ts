import type { Context } from '../kernel/contract.js';
import type { consentState } from '../consent/state.js';
import type { registryState } from '../registry/state.js';
import type { recordsErrors } from './errors.js';
import type { recordsState } from './state.js';

export type RecordsContext = Context<
  typeof recordsState,
  { registry: typeof registryState; consent: typeof consentState },
  typeof recordsErrors
>;
