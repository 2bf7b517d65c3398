import { CairnError } from '../../primitives/errors.js';

/** A contract's refusal: all of the transaction's effects are dropped and the code goes into the receipt. */
export class Rejection extends CairnError {
  override readonly name = 'Rejection';
}
