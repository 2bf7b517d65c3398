import { describe, expect, it } from 'vitest';
import { CairnError, InvariantError } from '../../primitives/errors.js';
import { refusalOf } from './problems.js';

describe('refusalOf', () => {
  it.each<[code: string, status: number]>([
    ['auth.missing', 401],
    ['auth.invalid', 401],
    ['auth.insufficient-scope', 403],
    ['kernel.unknown-signer', 403],
    ['kernel.unknown-method', 400],
    ['kernel.invalid-arguments', 400],
    ['consent.unknown-grantee', 404],
    ['registry.unknown-subject', 404],
    ['api-key.unknown', 404],
    ['receipt.no-such-call', 404],
    ['vault.not-found', 500],
    ['consent.not-authorised', 403],
    ['records.no-live-grant', 403],
    ['compartment.no-key', 403],
    ['transaction.bad-signature', 403],
    ['transaction.malformed', 400],
    ['transaction.expired', 400],
    ['transaction.replayed', 409],
    ['transaction.too-large', 413],
    ['cbor.too-large', 413],
    ['cbor.not-canonical', 400],
    ['consent.grant-taken', 409],
    ['consent.not-live', 409],
    ['consent.empty-window', 400],
    ['records.stale-epoch', 409],
    ['receipt.not-accepted', 409],
    ['registry.last-key', 409],
    ['time.malformed', 400],
    ['pool.full', 503],
    ['ledger.halted', 503],
    ['ledger.closed', 503],
    ['database.full', 503],
    ['vault.full', 503],
    ['index.busy', 503],
    ['node.not-ready', 503],
    ['vault.corrupt', 500],
    ['index.corrupt', 500],
    ['ledger-index.corrupt', 500],
    ['custody.corrupt', 500],
    ['record.digest-mismatch', 500],
    ['something.nobody-foresaw', 400],
  ])('%s is %i', (code, status) => {
    expect(refusalOf(new CairnError(code, 'why'))).toMatchObject({ status, code });
  });

  it('tells when to come back', () => {
    expect(refusalOf(new CairnError('pool.full', 'Too many.'))).toEqual({
      status: 503,
      code: 'pool.full',
      message: 'Too many.',
      retryAfterSeconds: 1,
    });
  });

  it.each([
    new CairnError('vault.corrupt', 'The file /srv/cairn/vault.sqlite is damaged.'),
    new InvariantError('secret'),
    new SyntaxError('Unexpected token secret'),
    Object.assign(new Error('secret'), { code: 'ENOENT' }),
    'secret',
    undefined,
  ])('keeps what the node’s own failures say: %s', (error) => {
    const { status, message } = refusalOf(error);
    expect(status).toBe(500);
    expect(message).toBe('The node failed at this request. Its log says why, under the request id.');
  });
});
