import { logCollection } from '../kernel/log.js';

export const accessState = {
  /** One log a compartment: every access to it. */
  logs: logCollection<[subject: Uint8Array, compartment: Uint8Array]>('logs'),
};
