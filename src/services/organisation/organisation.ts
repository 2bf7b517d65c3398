import { callOf } from '../../contracts/calls.js';
import type { PositionedEvent } from '../projections/ledger-index/block-events.js';
import { AccessSessions } from './access-sessions.js';
import { CompartmentKeys } from './compartment-keys.js';
import { Consents } from './consents.js';
import { GrantAgent, type ForeignRecords } from './grant-agent.js';
import { ledgerState, type OrganisationContext } from './organisation-context.js';
import { Projector } from './projector.js';
import { ReadableScope } from './readable-scope.js';
import { StewardAgent } from './steward-agent.js';
import { RecordWriter } from './record-writer.js';
import { Subjects } from './subjects.js';

export interface OrganisationOptions<Index extends ForeignRecords> {
  readonly context: OrganisationContext;
  readonly index: Index;
  readonly onFailure: (error: unknown) => void;
}

/** One organisation on a node: everything it does with its keys, its index and the ledger. */
export class Organisation<Index extends ForeignRecords = ForeignRecords> {
  readonly context: OrganisationContext;
  readonly index: Index;
  readonly keys: CompartmentKeys;
  readonly subjects: Subjects;
  readonly consents: Consents;
  readonly sessions: AccessSessions;
  readonly readable: ReadableScope;
  readonly projector: Projector;
  readonly writer: RecordWriter;
  readonly agent: GrantAgent;
  readonly stewardAgent: StewardAgent;

  constructor({ context, index, onFailure }: OrganisationOptions<Index>) {
    this.context = context;
    this.index = index;
    this.keys = new CompartmentKeys(context);
    this.subjects = new Subjects(context, this.keys);
    this.consents = new Consents(context, this.keys);
    this.sessions = new AccessSessions(context);
    this.readable = new ReadableScope(context, () => index.foreignCompartments());
    this.projector = new Projector({ context, keys: this.keys, index, onFailure });
    this.writer = new RecordWriter(context, this.keys, this.projector);
    const { keys, projector, sessions } = this;
    this.stewardAgent = new StewardAgent({ context, keys: this.keys, consents: this.consents, onFailure });
    this.agent = new GrantAgent({ context, keys, projector, sessions, index, onFailure });
  }

  get id(): string {
    return this.context.id;
  }

  /** Takes a committed block's events, in order. Returns at once; what takes time goes on behind. */
  onBlock(height: number, events: readonly PositionedEvent[]): void {
    for (const event of events) {
      const { subject, compartment } = event.payload;
      // A registration and an end of custody change who may decide, so those close charts too.
      const changesConsent = event.type.startsWith('consent.') || event.type.startsWith('registry.');
      if (changesConsent && subject instanceof Uint8Array) this.sessions.close(subject);
      if (changesConsent && compartment instanceof Uint8Array) this.readable.changed(compartment);
      this.agent.notice(event);
      this.stewardAgent.notice(event);
    }
    this.projector.advanceTo(height, events);
  }

  /** Looks for what happened by the clock alone, or while the node was down. */
  sweep(): void {
    this.agent.sweep();
    this.stewardAgent.sweep();
  }

  /** Resolves when the agents have nothing under way. */
  async settled(): Promise<void> {
    await this.stewardAgent.settled();
    await this.agent.settled();
  }

  /** Vouches for the node's device and for practitioners that are not on the ledger yet. */
  async vouchFor(kind: 'practitioner' | 'device', ids: readonly Uint8Array[]): Promise<void> {
    const { registry } = ledgerState(this.context.state);
    const unknown = ids.filter((id) => !registry.members.has(id));
    if (unknown.length === 0) return;
    const calls = unknown.map((id) => callOf('registry', 'vouch', { id, kind, key: null }));
    await this.context.ledger.submit(this.context.signer, calls);
  }

  /** Finishes what is under way and wipes keys. */
  async close(): Promise<void> {
    await this.settled();
    await this.projector.reached(this.context.ledgerIndex.height);
    this.keys.clear();
  }
}
