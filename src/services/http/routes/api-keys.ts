import { fromHex, toHex } from '../../../primitives/bytes.js';
import { CairnError } from '../../../primitives/errors.js';
import { formatSeconds } from '../../../primitives/time.js';
import type { ApiKeyRecord } from '../../../custody/api-keys.js';
import { issueApiKey, listApiKeys, revokeApiKey, type ApiKeyView } from '../../../wire/api-keys.js';
import type { Principal } from '../../auth/api-key-auth.js';
import { ledgerState } from '../../organisation/organisation-context.js';
import type { Api } from '../serve.js';
import { timeOrNull } from '../views.js';

export function apiKeyRoutes(api: Api): void {
  api.serve(listApiKeys, ({ principal }) => ({ keys: principal.hosted.apiKeys.list().map(keyView) }));

  api.serve(issueApiKey, async ({ principal, body }) => {
    const practitioner = body.practitioner ?? toHex(principal.hosted.organisation.context.randomBytes(16));
    await vouchFor(principal, fromHex(practitioner));
    const { organisation } = principal;
    const { token, record } = principal.hosted.apiKeys.issue({ ...body, organisation, practitioner });
    return { key: keyView(record), token: token.reveal() };
  });

  api.serve(revokeApiKey, ({ principal, params }) => keyView(principal.hosted.apiKeys.revoke(params.key)));
}

/** Charts are opened only under a pseudonym that the organisation vouches for. */
async function vouchFor({ hosted }: Principal, practitioner: Uint8Array): Promise<void> {
  const { organisation } = hosted;
  const member = ledgerState(organisation.context.state).registry.members.get(practitioner);
  if (member === undefined) return organisation.vouchFor('practitioner', [practitioner]);
  if (member.organisation === organisation.id && member.kind === 'practitioner' && member.withdrawnAt === null) return;
  throw new CairnError('api-key.practitioner-taken', 'This pseudonym is not that of a practitioner of yours.');
}

function keyView({ id, practitioner, scopes, label, createdAt, revokedAt }: ApiKeyRecord): ApiKeyView {
  return {
    id,
    practitioner,
    scopes: [...scopes],
    label,
    createdAt: formatSeconds(createdAt),
    revokedAt: timeOrNull(revokedAt),
  };
}
