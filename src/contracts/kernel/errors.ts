/** Rejections that the kernel itself gives, before a handler runs. */
export const KERNEL_ERRORS = {
  'unknown-contract': 'There is no contract of this name.',
  'unknown-method': 'The contract has no method of this name.',
  'invalid-arguments': 'The arguments do not have the shape that the method declares.',
  'unknown-signer': 'The signing key belongs to no party, or has been revoked.',
} as const;
