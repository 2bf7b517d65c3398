import type { FastifyError } from 'fastify';
import { CairnError } from '../../primitives/errors.js';

/** What a caller is told of a failure, and with which status. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

interface Rule {
  readonly codes: RegExp;
  readonly status: number;
  readonly retryAfterSeconds?: number;
}

/**
 * HTTP status by error code; the first rule that matches decides. An expected failure that none matches was caused by the
 * request (400); messages of the node's own failures stay in its log, for they name files.
 */
const RULES: readonly Rule[] = [
  { codes: /^auth\.(missing|invalid)$/, status: 401 },
  { codes: /^(auth\.insufficient-scope|kernel\.unknown-signer)$/, status: 403 },
  { codes: /^request\.unsupported-media-type$/, status: 415 },
  { codes: /^kernel\./, status: 400 },

  { codes: /^(pool\.full|events\.too-many-streams)$/, status: 503, retryAfterSeconds: 1 },
  {
    codes: /^(ledger\.|node\.not-ready$|database\.|vault\.(busy|full|io|locked)$)/,
    status: 503,
    retryAfterSeconds: 10,
  },
  { codes: /^(index\.(busy|disk-full)|custody\.(closed|io|changed))$/, status: 503, retryAfterSeconds: 10 },
  {
    codes: /^(node|genesis|config|state|vault|index|ledger-index|custody|record|envelope|grant|sealing|demo-data)\./,
    status: 500,
  },

  { codes: /[.-]too-large$/, status: 413 },
  { codes: /\.(unknown|not-found|unknown-[a-z-]+|no-such-[a-z-]+|not-proposed)$/, status: 404 },
  {
    codes: /\.(not-authorised|not-yours|not-steward|not-an-organisation|not-an-author|not-vouched-for|not-offered)$/,
    status: 403,
  },
  { codes: /\.(no-consent|no-live-grant|no-key|emergency-forbidden|practitioner-missing|bad-signature)$/, status: 403 },
  {
    codes: /\.([a-z-]+-taken|replayed|already-[a-z-]+|stale-epoch|compartment-open|not-live|not-accepted)$/,
    status: 409,
  },
  { codes: /\.(last-key|too-many-grants|conflict|not-custodial|in-progress|deliveries-mismatch)$/, status: 409 },
];

/** Statuses whose message is for the caller although the node is at fault. */
const TELLING = new Set([503]);

const UNEXPECTED: Refusal = {
  status: 500,
  code: 'node.unexpected',
  message: 'The node failed at this request. Its log says why, under the request id.',
};

/** What to answer to an error of whatever kind. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof CairnError) return ofCairnError(error);
  return isFastifyError(error) ? ofFastifyError(error) : UNEXPECTED;
}

function ofCairnError({ code, message }: CairnError): Refusal {
  const { status, retryAfterSeconds } = RULES.find(({ codes }) => codes.test(code)) ?? { status: 400 };
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  if (status >= 500 && !TELLING.has(status)) return { ...UNEXPECTED, code };
  return { status, code, message, ...retry };
}

/** The framework's own refusals. Its messages may quote the request, so only those about the schema are passed on. */
function ofFastifyError({ code, statusCode = 500, validation, message }: FastifyError): Refusal {
  if (validation !== undefined) {
    return { status: 400, code: 'request.invalid', message: `The request does not fit the API: ${message}.` };
  }
  if (statusCode === 413) {
    return {
      status: 413,
      code: 'request.too-large',
      message: 'The body is larger than this operation takes. Split it.',
    };
  }
  if (statusCode === 415) {
    return { status: 415, code: 'request.unsupported-media-type', message: 'This operation takes another media type.' };
  }
  if (code === 'FST_ERR_BAD_URL' || (code.startsWith('FST_ERR_CTP') && statusCode < 500)) {
    return { status: 400, code: 'request.malformed', message: 'The URL or the body is not well-formed.' };
  }
  return UNEXPECTED;
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('FST_');
}
