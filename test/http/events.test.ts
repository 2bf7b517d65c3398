import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CairnClient } from '../../src/sdk/client.js';
import type { EventsOptions } from '../../src/sdk/ledger.js';
import type { LedgerEventView } from '../../src/wire/ledger.js';
import { HOSPITAL } from '../../testkit/consortium.js';
import { serveConsortium, type HttpNode } from '../support/http-node.js';

let node: HttpNode;
let hospital: CairnClient;

beforeAll(async () => {
  node = await serveConsortium();
  hospital = await node.clientOf(HOSPITAL, ['read', 'write']);
});

afterAll(() => node.close());

async function take(count: number, options: EventsOptions): Promise<LedgerEventView[]> {
  const events: LedgerEventView[] = [];
  for await (const event of hospital.ledger.events(options)) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

const ids = (events: readonly LedgerEventView[]): string[] => events.map(({ id }) => id);

describe('the event stream', () => {
  it('tells everything from the beginning, in order', async () => {
    const total = node.node.services.ledgerIndex.eventsAfter(0, 1000);
    const events = await take(total.length, { after: 0 });
    expect(events.map(({ height, type }) => [height, type])).toEqual(total.map(({ height, type }) => [height, type]));
    expect(events.find(({ type }) => type === 'registry.subject-registered')?.payload).toMatchObject({
      subject: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      kind: 'directory',
    });
  });

  it('goes on within a block after the last event that was dealt with', async () => {
    await hospital.subjects.register(); // one transaction with many events
    const all = await take(node.node.services.ledgerIndex.eventsAfter(0, 1000).length, { after: 0 });
    for (const at of [0, all.length - 6]) {
      const rest = await take(all.length - at - 1, { lastEventId: all[at]!.id });
      expect(ids(rest)).toEqual(ids(all).slice(at + 1));
    }
  });

  it('tells what happens from now on, to every listener', async () => {
    const listeners = [take(1, { types: 'consent.emergency-access-set' }), take(1, { types: 'consent' })];
    await expect.poll(() => openStreams()).toBe(2);
    const { subject } = (await hospital.subjects.list().next()).value as { subject: string };
    const { height } = await hospital.subjects.setEmergencyAccess(subject, true);
    for (const [event] of await Promise.all(listeners)) expect(event).toMatchObject({ height, payload: { subject } });
    await expect.poll(() => openStreams()).toBe(0);
  });

  it('tells only what was asked for', async () => {
    const first = await hospital.subjects.register();
    const second = await hospital.subjects.register();
    const count = first.compartments.length;
    const events = await take(count, { after: 0, subject: second.subject, types: 'consent.granted,records' });
    expect(
      events.every(({ type, payload }) => type === 'consent.granted' && payload['subject'] === second.subject),
    ).toBe(true);
  });

  it('takes up a connection that broke', async () => {
    const expected = node.node.services.ledgerIndex.eventsAfter(0, 1000).length;
    const events: LedgerEventView[] = [];
    for await (const event of hospital.ledger.events({ after: 0 })) {
      events.push(event);
      if (events.length === 3) node.app.server.closeAllConnections();
      if (events.length === expected) break;
    }
    expect(new Set(ids(events)).size).toBe(expected);
  });

  it('ends when the reader says so', async () => {
    const stop = new AbortController();
    const stream = hospital.ledger.events({ signal: stop.signal });
    const next = stream.next();
    await expect.poll(() => openStreams()).toBe(1);
    stop.abort();
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => openStreams()).toBe(0);
    expect(node.log.some((line) => line.includes('"route":"/api/v1/events"'))).toBe(true);
  });

  it('ends when the server closes, and does not keep it from closing', async () => {
    const other = await serveConsortium();
    const reader = await other.clientOf(HOSPITAL, ['read']);
    const stream = reader.ledger.events({ after: 0, reconnect: false });
    await stream.next();
    await other.close();
    let rest = 0;
    for await (const { height } of stream) rest += height;
    expect(rest).toBeGreaterThan(0);
    await expect(reader.status()).rejects.toMatchObject({ code: 'client.unreachable' });
  });

  it('does not try again what is wrong', async () => {
    await expect(take(1, { lastEventId: 'x' })).rejects.toMatchObject({ status: 400, code: 'events.malformed-id' });
    const nobody = node.client().ledger.events();
    await expect(nobody.next()).rejects.toMatchObject({ status: 401, code: 'auth.missing' });
  });
});

async function openStreams(): Promise<number> {
  const metrics = await (await fetch(`${node.url}/metrics`)).text();
  return Number(/^cairn_event_streams (\d+)$/m.exec(metrics)?.[1]);
}
