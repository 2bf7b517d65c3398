import { ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { fromHex, toHex } from './bytes.js';

const SMALL_ORDER_Y = new Set(ED25519_TORSION_SUBGROUP.map((point) => yOf(fromHex(point))));

/**
 * Whether 32 bytes may be an Ed25519 public key here: a reduced coordinate, and not one of the few points of small order,
 * under which one signature can fit many messages. Implementations differ on such keys, and a ledger must not.
 * That the bytes are a point of the curve is for the verification to find out.
 */
export function isAcceptableEd25519Key(publicKey: Uint8Array): boolean {
  return publicKey.length === 32 && isReduced(publicKey) && !SMALL_ORDER_Y.has(yOf(publicKey));
}

/** Whether the y coordinate is below 2^255 - 19. Little-endian; the last bit is the sign of x. */
function isReduced(point: Uint8Array): boolean {
  if (((point[31] as number) & 0x7f) !== 0x7f || (point[0] as number) < 0xed) return true;
  for (let i = 1; i < 31; i++) {
    if (point[i] !== 0xff) return true;
  }
  return false;
}

function yOf(point: Uint8Array): string {
  const y = point.slice();
  y[31] = (y[31] as number) & 0x7f;
  return toHex(y);
}
