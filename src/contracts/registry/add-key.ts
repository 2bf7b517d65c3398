import * as z from 'zod';
import { keyId } from '../../primitives/signature.js';
import { digest } from '../kernel/schema.js';
import type { RegistryContext } from './context.js';
import { registerKey } from './keys.js';
import { publicKeySchema } from './state.js';

const argsSchema = z.strictObject({ key: publicKeySchema });
const resultSchema = z.strictObject({ keyId: digest });

/** With `revokeKey` this is key rotation: add the new key, then revoke the old one, in one transaction. */
export const addKey = {
  summary: 'Add a signing key to the caller',
  args: argsSchema,
  result: resultSchema,
  handle(ctx: RegistryContext, { key }: z.infer<typeof argsSchema>): z.infer<typeof resultSchema> {
    const { caller } = ctx;
    if (caller.kind === 'claimant') ctx.reject('not-offered');
    const generation = caller.kind === 'subject' ? (ctx.state.subjects.get(caller.id)?.generation ?? 0) : 0;
    if (!registerKey(ctx, key, caller, generation)) ctx.reject('key-taken');
    const id = keyId(ctx.crypto, key);
    ctx.emit('key-added', { keyId: id });
    return { keyId: id };
  },
};
