import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM } from '../../wire/endpoint.js';
import type { Problem } from '../../wire/problem.js';
import { refusalOf, type Refusal } from './problems.js';

/** Answers a request that failed before anything was sent. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = refusalOf(error);
  const { status, retryAfterSeconds } = refusal;
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="cairn"');
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', retryAfterSeconds);
  void reply
    .status(status)
    .type(PROBLEM)
    .send(JSON.stringify(problemOf(error, request, refusal)));
}

/** What a caller is told; what is the node's own fault is logged under the request's id. */
export function problemOf(error: unknown, request: FastifyRequest, refusal: Refusal = refusalOf(error)): Problem {
  const { status, code, message } = refusal;
  const { id: requestId } = request;
  if (status >= 500) {
    request.log.error({ route: request.routeOptions.url, code, err: error }, 'a request failed');
  }
  return { status, code, message, requestId };
}
