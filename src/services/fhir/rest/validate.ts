import { toOperationOutcome } from '../validation/issue.js';
import { validateResource } from '../validation/validate.js';
import { receive } from '../store/received-resource.js';
import { rejection } from '../store/rejection.js';
import { outcomeAnswer } from './answer.js';
import { param, type Handler } from './call.js';

/** `POST [type]/$validate`: the resource itself, or Parameters with it under the name `resource`. Nothing is stored. */
export const validate: Handler = (call) => {
  const { value } = receive(call.body());
  const resource = value['resourceType'] === 'Parameters' ? parameter(value['parameter']) : value;
  if ((resource as { resourceType?: unknown } | undefined)?.resourceType !== param(call, 'type')) {
    throw rejection(400, 'value', 'Send a resource of the type in the URL, or Parameters with it as "resource".');
  }
  return Promise.resolve(outcomeAnswer(200, toOperationOutcome(validateResource(resource))));
};

function parameter(parameters: unknown): unknown {
  if (!Array.isArray(parameters)) return undefined;
  const named = (parameters as { name?: unknown; resource?: unknown }[]).find((part) => part.name === 'resource');
  return named?.resource;
}
