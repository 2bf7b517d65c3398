import { fromHex, toHex } from '../../../primitives/bytes.js';
import { CairnError } from '../../../primitives/errors.js';
import { formatSeconds } from '../../../primitives/time.js';
import { decodeResultData, RESULT_OK, RESULT_REJECTED } from '../../../ledger/execution/outcome.js';
import { decodeTransaction } from '../../../ledger/transaction/transaction.js';
import { getBlock, getTransaction, streamEvents, submitTransaction } from '../../../wire/ledger.js';
import type { BlockView, TransactionView } from '../../../wire/ledger.js';
import type { NodeServices } from '../../node-services.js';
import { endOf, parseEventId, type EventFeed } from '../event-feed.js';
import type { Api } from '../serve.js';
import { committedView, ledgerValue, resultView } from '../views.js';

export function ledgerRoutes(api: Api, services: NodeServices, feed: EventFeed): void {
  const { driver, ledgerIndex } = services;
  api.serve(submitTransaction, async ({ body }) => committedView(await driver.submit(new Uint8Array(body))));
  api.serve(getTransaction, ({ params }) => transactionView(services, fromHex(params.transaction)));
  api.serve(getBlock, ({ params }) => blockView(services, params.height));
  api.serve(streamEvents, ({ query, lastEventId, signal }) => {
    const after = lastEventId === undefined ? endOf(query.after ?? ledgerIndex.height) : parseEventId(lastEventId);
    return feed.follow(after, { types: query.types?.split(','), subject: query.subject }, signal);
  });
}

function transactionView({ application, crypto }: NodeServices, id: Uint8Array): TransactionView {
  const position = application.findTransaction(id);
  const block = position === undefined ? undefined : application.executedBlock(position.height);
  const bytes = block?.transactions[position?.index ?? 0];
  const result = block?.results[position?.index ?? 0];
  if (position === undefined || block === undefined || bytes === undefined || result === undefined) {
    throw new CairnError('transaction.unknown', 'The ledger has no such transaction.');
  }
  const { body, calls } = decodeTransaction(crypto, bytes);
  return {
    id: toHex(id),
    ...position,
    time: formatSeconds(block.time),
    signer: { alg: body.signer.alg, key: toHex(body.signer.key) },
    validUntil: formatSeconds(body.validUntil),
    calls: calls.map(({ contract, method, args }) => ({ contract, method, args: ledgerValue(args) })),
    result: resultView(result),
  };
}

function blockView({ driver, application }: NodeServices, height: number): BlockView {
  const signed = driver.chain.signedHeader(height);
  const block = application.executedBlock(height);
  if (signed === undefined || block === undefined) {
    throw new CairnError('block.unknown', `There is no block ${height} yet.`);
  }
  const { header, commit } = signed;
  return {
    height,
    time: formatSeconds(header.time.seconds),
    hash: toHex(commit.blockId.hash),
    appHash: toHex(header.appHash),
    lastResultsHash: toHex(header.lastResultsHash),
    dataHash: toHex(header.dataHash),
    validatorsHash: toHex(header.validatorsHash),
    proposer: toHex(header.proposerAddress),
    transactions: block.results.map(({ code, data, rejection }) => ({
      id: toHex(decodeResultData(data).transactionId),
      status: code === RESULT_OK ? 'accepted' : code === RESULT_REJECTED ? 'rejected' : 'refused',
      code: rejection?.code ?? null,
    })),
  };
}
