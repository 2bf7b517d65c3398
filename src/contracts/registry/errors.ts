export const registryErrors = {
  'not-an-organisation': 'Only a member organisation may do this.',
  'not-yours': 'The key, member or subject belongs to somebody else.',
  'id-taken': 'This identifier is in use.',
  'key-taken': 'This key is, or was, somebody’s.',
  'not-proposed': 'There is no such proposal.',
  'already-approved': 'The organisation has approved this proposal before.',
  'unknown-key': 'There is no such key.',
  'last-key': 'The last key cannot be revoked. Add another first.',
  'unknown-member': 'There is no such practitioner or device.',
  'unknown-subject': 'There is no such subject.',
  'not-custodial': 'The subject has no steward.',
  'not-offered': 'The subject was not offered to this key.',
} as const;
