import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.js';

describe('Secret', () => {
  const secret = new Secret('correct horse battery staple');

  it.each<[string, (value: unknown) => string]>([
    ['a template', (value) => `${String(value)}`],
    ['concatenation', (value) => '' + (value as string)],
    ['JSON', (value) => JSON.stringify({ value })],
    ['inspect', (value) => inspect(value)],
    ['inspect with hidden properties', (value) => inspect({ value }, { showHidden: true, depth: 9, getters: true })],
    ['a format string', (value) => format('%s %o %O %j', value, value, value, value)],
    ['its own keys', (value) => Reflect.ownKeys(value as object).join() + '[secret]'],
    ['Object.entries', (value) => JSON.stringify(Object.entries(value as object)) + '[secret]'],
  ])('prints a placeholder in %s', (_name, print) => {
    expect(print(secret)).toContain('[secret]');
    expect(print(secret)).not.toContain('horse');
    const bytes = new Secret(new Uint8Array([222, 173, 190, 239]));
    expect(print(bytes)).not.toMatch(/222|dead/);
  });

  it('reveals the value itself, and zeros bytes when destroyed', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const key = new Secret(bytes);
    expect(key.reveal()).toBe(bytes);
    key.destroy();
    expect(bytes).toEqual(new Uint8Array(3));
    secret.destroy();
    expect(secret.reveal()).toContain('horse');
  });
});
