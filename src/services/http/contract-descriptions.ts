import * as z from 'zod';
import { contracts } from '../../contracts/contracts.js';
import type { Contract } from '../../contracts/kernel/contract.js';
import { KERNEL_ERRORS } from '../../contracts/kernel/errors.js';
import type { ContractView } from '../../wire/node.js';

/** The contracts as their own declarations describe them, after what every call may be rejected with. */
export function describeContracts(): ContractView[] {
  const kernel = { name: 'kernel', reads: [], methods: [], errors: errorsOf('kernel', KERNEL_ERRORS) };
  return [kernel, ...Object.values<Contract>(contracts).map(describe)];
}

function describe({ name, reads, messages, errors }: Contract): ContractView {
  return {
    name,
    reads: reads.map((shape) => shape.name),
    methods: Object.entries(messages).map(([method, { summary, args, result }]) => ({
      name: method,
      summary,
      arguments: jsonSchemaOf(args as z.ZodType),
      result: jsonSchemaOf(result as z.ZodType),
    })),
    errors: errorsOf(name, errors),
  };
}

/** Byte strings have no place in JSON Schema: their own metadata describes them. */
function jsonSchemaOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(schema, { unrepresentable: 'any' });
}

function errorsOf(contract: string, errors: Readonly<Record<string, string>>): ContractView['errors'] {
  return Object.entries(errors).map(([code, meaning]) => ({ code: `${contract}.${code}`, meaning }));
}
