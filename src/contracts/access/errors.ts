export const accessErrors = {
  'not-an-organisation': 'Only an organisation, or a practitioner or device of one, opens a chart.',
  'unknown-subject': 'There is no such subject.',
  'unknown-compartment': 'The subject has no such compartment.',
  'not-vouched-for': 'The organisation does not vouch for this practitioner or device.',
  'no-consent': 'No live grant allows this organisation to read the compartment for this purpose.',
  'not-an-author': 'The organisation has written nothing into this compartment.',
  'emergency-forbidden': 'The subject has forbidden emergency access.',
  'practitioner-missing': 'Emergency access names the practitioner; a device does not break the glass.',
  'too-long': 'The access would last longer than is allowed.',
  'purpose-mismatch': 'Breaking the glass is for the purpose ETREAT.',
} as const;
