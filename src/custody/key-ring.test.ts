import { describe, expect, it } from 'vitest';
import { nodeCrypto, randomBytes } from '../platform/node-crypto.js';
import { EpochKey } from './epoch-key.js';
import { KeyRing } from './key-ring.js';

const subject = randomBytes(16);
const [first, second, third] = [randomBytes(16), randomBytes(16), randomBytes(16)];
const newKey = (compartment: Uint8Array, epoch = 0) => new EpochKey(nodeCrypto, compartment, epoch, randomBytes(32));

describe('the key ring', () => {
  it('holds keys by subject, compartment and epoch', () => {
    const ring = new KeyRing({ keysMax: 10 });
    const [a, b] = [newKey(first, 0), newKey(first, 1)];
    ring.add(subject, a);
    ring.add(subject, b);
    expect(ring.get(subject, first, 0)).toBe(a);
    expect(ring.get(subject, first, 1)).toBe(b);
    expect(ring.get(subject, first, 2)).toBeUndefined();
    expect(ring.get(subject, second, 0)).toBeUndefined();
    expect(ring.get(first, first, 0)).toBeUndefined();
  });

  it('keeps the first of two equal keys and refuses a different one', () => {
    const ring = new KeyRing({ keysMax: 10 });
    const key = newKey(first);
    const same = new EpochKey(nodeCrypto, first, 0, key.reveal().slice());
    ring.add(subject, key);
    expect(ring.add(subject, same)).toBe(key);
    expect(ring.size).toBe(1);
    expect(() => ring.add(subject, newKey(first))).toThrow('not the one committed to');
  });

  it('wipes what it forgets, also for those who still refer to it', () => {
    const ring = new KeyRing({ keysMax: 10 });
    const keys = [newKey(first, 0), newKey(first, 1), newKey(second, 0)] as const;
    for (const key of keys) ring.add(subject, key);
    const bytes = keys[0].reveal();
    expect(ring.forget(subject, first)).toBe(2);
    expect(ring.forget(subject, first)).toBe(0);
    expect(ring.get(subject, first, 0)).toBeUndefined();
    expect(bytes).toEqual(new Uint8Array(32));
    expect(() => keys[1].reveal()).toThrow('forgotten');
    expect(keys[2].reveal()).toHaveLength(32);
    ring.clear();
    expect(ring.size).toBe(0);
    expect(() => keys[2].reveal()).toThrow('forgotten');
  });

  it('is bounded: the compartment that was not used longest goes', () => {
    const ring = new KeyRing({ keysMax: 3 });
    ring.add(subject, newKey(first));
    ring.add(subject, newKey(second, 0));
    ring.add(subject, newKey(second, 1));
    ring.get(subject, first, 0);
    ring.add(subject, newKey(third));
    expect(ring.get(subject, second, 0)).toBeUndefined();
    expect(ring.get(subject, first, 0)).toBeDefined();
    expect(ring.get(subject, third, 0)).toBeDefined();
    expect(ring.size).toBe(2);
  });
});
