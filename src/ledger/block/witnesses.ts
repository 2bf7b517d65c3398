import { equalBytes } from '../../primitives/bytes.js';
import type { Crypto } from '../../primitives/crypto.js';
import { CairnError } from '../../primitives/errors.js';
import { verifyToHeight, type LightBlockProvider } from './bisection.js';
import { hashHeader } from './header.js';
import { trustedState, type LightBlock, type LightClientOptions, type TrustedState } from './light-client.js';

/** Two blocks of one height, both of them properly signed: more than a third of the validators signed twice. */
export interface ForkEvidence {
  /** Last height on which both nodes agree. */
  readonly commonHeight: number;
  readonly primaryBlock: LightBlock;
  readonly witnessBlock: LightBlock;
  readonly witnessIndex: number;
}

/** The chain has forked or one of the nodes lies with the help of validators. Trust nothing newer; show the evidence to people. */
export class ForkError extends CairnError {
  override readonly name = 'ForkError';

  constructor(readonly evidence: ForkEvidence) {
    super(
      'light.fork',
      `Two valid blocks of height ${evidence.primaryBlock.header.height} exist. Stop, and give the evidence to the members.`,
    );
  }
}

/** What became of each witness, by index. */
export interface WitnessReport {
  readonly agreed: readonly number[];
  /** Do not have the block or do not answer. */
  readonly unavailable: readonly number[];
  /** Gave a different block that they cannot prove: do not ask them again. */
  readonly faulty: readonly number[];
}

/**
 * Asks other nodes for the block that was just verified, the second line of defence against validators who sign two
 * chains: one node alone, however well its blocks are signed, may be showing the wrong one.
 *
 * A witness that is merely behind counts as unavailable; the caller decides whether to ask again later.
 *
 * @param trusted where the verification started.
 * @param verified what {@link verifyToHeight} returned.
 * @throws ForkError if a witness proves a different block; CairnError `light.no-witness-agrees` if none has the same block.
 */
export async function compareWithWitnesses(
  crypto: Crypto,
  trusted: TrustedState,
  verified: readonly LightBlock[],
  witnesses: readonly LightBlockProvider[],
  options: LightClientOptions,
): Promise<WitnessReport> {
  const report = { agreed: [] as number[], unavailable: [] as number[], faulty: [] as number[] };
  for (const [witnessIndex, witness] of witnesses.entries()) {
    const opinion = await ask(crypto, trusted, verified, witness, options);
    if (typeof opinion === 'object') throw new ForkError({ ...opinion, witnessIndex });
    report[opinion].push(witnessIndex);
  }
  if (report.agreed.length === 0) {
    throw new CairnError('light.no-witness-agrees', 'No other node has confirmed the block. Ask more nodes, or later.');
  }
  return report;
}

/** Looks for the first verified block that the witness sees differently. */
async function ask(
  crypto: Crypto,
  trusted: TrustedState,
  verified: readonly LightBlock[],
  witness: LightBlockProvider,
  options: LightClientOptions,
): Promise<keyof WitnessReport | Omit<ForkEvidence, 'witnessIndex'>> {
  const target = verified.at(-1);
  if (target === undefined) return 'unavailable';
  try {
    const targetAtWitness = await witness.lightBlock(target.header.height);
    if (targetAtWitness === undefined) return 'unavailable';
    if (isSameHeader(crypto, target, targetAtWitness)) return 'agreed';
    let common = trusted;
    for (const primaryBlock of verified) {
      const { height } = primaryBlock.header;
      // From the common block on, so that what the witness shows is either what we have or a proved fork.
      const witnessBlock = (await verifyToHeight(crypto, witness, common, height, options)).at(-1);
      if (witnessBlock !== undefined && !isSameHeader(crypto, primaryBlock, witnessBlock)) {
        return { commonHeight: common.header.height, primaryBlock, witnessBlock };
      }
      common = trustedState(crypto, primaryBlock);
    }
    return 'faulty';
  } catch (error) {
    if (error instanceof CairnError) return 'faulty';
    throw error;
  }
}

function isSameHeader(crypto: Crypto, a: LightBlock, b: LightBlock): boolean {
  return equalBytes(hashHeader(crypto, a.header), hashHeader(crypto, b.header));
}
