import { bytesToUtf8, toHex, utf8ToBytes } from '../../primitives/bytes.js';
import { formatInstant } from '../../primitives/time.js';
import type { RecordLeaf } from '../../contracts/records/leaf.js';
import type { RecordContent } from '../../custody/record-sealing.js';
import { renderResource } from '../fhir/json/render.js';
import type { ProjectedRecord } from '../projections/index/record.js';
import { DELETED_MEDIA_TYPE, FHIR_MEDIA_TYPE, type RecordDraft } from './record-draft.js';

/** Where on the ledger a record's version stands. */
export interface LeafPosition {
  readonly subject: Uint8Array;
  readonly compartment: Uint8Array;
  readonly position: number;
  readonly leaf: RecordLeaf;
}

/** What is sealed of a draft. */
export function contentOf(draft: RecordDraft): RecordContent {
  return {
    meta: {
      type: draft.type,
      id: draft.id,
      version: String(draft.version),
      mediaType: draft.deleted ? DELETED_MEDIA_TYPE : FHIR_MEDIA_TYPE,
      references: Object.fromEntries(draft.references),
    },
    resource: utf8ToBytes(draft.text),
  };
}

/**
 * The index entry of a version: a function of what is sealed and of its place on the ledger alone, so that an index
 * rebuilt from ledger, vault and keys is the same.
 */
export function projectedRecord(organisation: string, at: LeafPosition, content: RecordContent): ProjectedRecord {
  const { leaf } = at;
  const { meta } = content;
  const deleted = meta.mediaType === DELETED_MEDIA_TYPE;
  const lastUpdated = formatInstant(leaf.time * 1000);
  return {
    recordId: toHex(leaf.record),
    subject: toHex(at.subject),
    compartment: toHex(at.compartment),
    author: leaf.author,
    own: leaf.author === organisation,
    type: meta.type,
    id: meta.id,
    version: leaf.version,
    lastUpdated,
    deleted,
    text: deleted
      ? ''
      : renderResource({
          text: bytesToUtf8(content.resource),
          id: meta.id,
          versionId: String(leaf.version),
          lastUpdated,
          references: new Map(Object.entries(meta.references)),
        }),
    leaf: at.position,
  };
}
