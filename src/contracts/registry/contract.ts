import * as z from 'zod';
import type { CborValue } from '../../primitives/cbor.js';
import { CairnError } from '../../primitives/errors.js';
import type { GenesisContext, Writers } from '../kernel/contract.js';
import { addKey } from './add-key.js';
import { approveOrganisation } from './approve-organisation.js';
import { claimSubject } from './claim-subject.js';
import { registryErrors } from './errors.js';
import { registerKey } from './keys.js';
import { offerSubject } from './offer-subject.js';
import { proposeOrganisation } from './propose-organisation.js';
import { registerSubject } from './register-subject.js';
import { revokeKey } from './revoke-key.js';
import { proposedOrganisationSchema, registryState } from './state.js';
import { vouch } from './vouch.js';
import { withdraw } from './withdraw.js';

const genesisSchema = z.strictObject({ organisations: z.array(proposedOrganisationSchema).min(1).max(1000) });

/** The registry's part of a genesis document: the founding organisations. */
export type RegistryGenesis = z.infer<typeof genesisSchema>;

export const registry = {
  name: 'registry',
  state: registryState,
  reads: [],
  errors: registryErrors,
  messages: {
    proposeOrganisation,
    approveOrganisation,
    addKey,
    revokeKey,
    vouch,
    withdraw,
    registerSubject,
    offerSubject,
    claimSubject,
  },
  genesis(ctx: GenesisContext, document: CborValue): void {
    const parsed = genesisSchema.safeParse(document);
    if (!parsed.success) throw malformedGenesis(`${parsed.error.issues[0]?.path.join('.') ?? 'its shape'} is wrong`);
    const { organisations } = parsed.data;
    const state = ctx.state as Writers<typeof registryState>;
    for (const { id, name, roles, signingKey, sealingKey } of organisations) {
      if (state.organisations.has(id)) throw malformedGenesis(`it names the organisation ${id} twice`);
      const isNew = registerKey({ ...ctx, state }, signingKey, { kind: 'organisation', id });
      if (!isNew) throw malformedGenesis(`the signing key of ${id} is another organisation's too`);
      state.organisations.set(id, { name, roles, sealingKey, admittedAt: ctx.time });
    }
    state.organisationCount.set(organisations.length);
  },
} as const;

function malformedGenesis(why: string): CairnError {
  return new CairnError('genesis.malformed', `The registry's part of the genesis is malformed: ${why}.`);
}
