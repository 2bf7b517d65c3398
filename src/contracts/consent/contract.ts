import { registry } from '../registry/contract.js';
import { consentErrors } from './errors.js';
import { grant } from './grant.js';
import { narrow } from './narrow.js';
import { openCompartments } from './open-compartments.js';
import { renewEpoch } from './renew-epoch.js';
import { appointRepresentative, dismissRepresentative } from './representatives.js';
import { revoke } from './revoke.js';
import { setEmergencyAccess } from './set-emergency-access.js';
import { consentState } from './state.js';

export const consent = {
  name: 'consent',
  state: consentState,
  reads: [registry],
  errors: consentErrors,
  messages: {
    openCompartments,
    grant,
    narrow,
    revoke,
    renewEpoch,
    appointRepresentative,
    dismissRepresentative,
    setEmergencyAccess,
  },
} as const;
