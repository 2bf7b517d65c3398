import { describe, expect, it } from 'vitest';
import { CairnError, InvariantError } from '../../primitives/errors.js';
import { loggable } from './defect-log.js';

describe('loggable', () => {
  it('keeps the messages of this program, and where they came from', () => {
    expect(loggable(new CairnError('vault.full', 'The disk is full.'))).toMatchObject({
      type: 'CairnError',
      code: 'vault.full',
      message: 'The disk is full.',
      at: expect.arrayContaining([expect.stringContaining('defect-log.test.ts')]) as unknown,
    });
    expect(loggable(new InvariantError('blocks are in order'))).toMatchObject({ message: 'blocks are in order' });
  });

  it.each(['Quokkapox', 'Unexpected token } in\n    at Quokkapox (file.ts:1:1)\nJSON', '', '    at Quokkapox'])(
    'drops the message of a library, however it looks: %j',
    (message) => {
      const logged = loggable(new TypeError('outer Quokkapox', { cause: new SyntaxError(message) }));
      expect(JSON.stringify(logged)).not.toContain('Quokkapox');
      expect(logged.cause).toMatchObject({ type: 'SyntaxError' });
      expect(logged.cause?.at.length).toBeGreaterThan(0);
    },
  );

  it('does not follow causes for ever', () => {
    const error = new TypeError('x');
    error.cause = error;
    expect(JSON.stringify(loggable(error)).match(/TypeError/g)?.length).toBe(5);
  });

  it.each([undefined, null, 'Quokkapox', { name: 'Quokkapox' }])('says nothing of what is no error', (value) => {
    expect(loggable(value)).toEqual({ type: typeof value, at: [] });
  });
});
