export const recordsErrors = {
  'not-an-organisation': 'Only an organisation, or a practitioner or device of one, may do this.',
  'no-live-grant': 'The organisation has no live grant to write into this compartment.',
  'unknown-compartment': 'The subject has no such compartment.',
  'stale-epoch': 'The record is sealed for another epoch than the present one. Seal it again.',
  'unknown-record': 'The log has no entry at this index.',
  'not-authorised': 'Only the subject, its steward, a representative or the author may have a record erased.',
} as const;
