import { expect, it } from 'vitest';
import { homePage } from './home-page.js';

const status = {
  version: '1.0.0',
  startedAt: '2026-11-20T00:00:00Z',
  uptimeSeconds: 1,
  chain: { id: 'test', height: 1234, time: null, appHash: 'aa', genesisHash: null, validatorsHash: 'bb' },
  organisations: [{ id: 'here', indexHeight: 1230 }],
  vault: { objects: 5, bytes: 6, erased: 0 },
  ready: true,
};
const member = { roles: ['clinic' as const], admittedAt: '2026-11-20T00:00:00Z', sealingKey: '' };

it('tells what the node is, and lets no name become markup', () => {
  const page = homePage({
    status,
    organisations: [
      { ...member, id: 'here', name: `<script>"&'`, hosted: true },
      { ...member, id: 'there', name: 'There', hosted: false },
    ],
  });
  expect(page).toContain('1,234');
  expect(page).toContain('1,230');
  expect(page).toContain('elsewhere');
  expect(page).toContain('&#60;script&#62;&#34;&#38;&#39;');
  expect(page).not.toMatch(/<script|javascript:|https?:|style="|\son\w+=/);
});
