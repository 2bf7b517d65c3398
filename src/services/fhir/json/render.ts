import { CairnError } from '../../../primitives/errors.js';
import { LINK_NAMES } from './link-names.js';
import { endOfValue, forEachStringMember, readObject, skipBlank } from './scan.js';

export interface RenderInput {
  /** One resource as it was received: JSON that `parseFhirJson` accepts. */
  readonly text: string;
  readonly id: string;
  readonly versionId: string;
  /** A FHIR instant. */
  readonly lastUpdated: string;
  /** Replacement by exact value (`urn:uuid:…` → `Patient/123`), for the elements of {@link LINK_NAMES}. */
  readonly references?: ReadonlyMap<string, string>;
}

interface Member {
  readonly name: string;
  readonly valueStart: number;
  readonly valueEnd: number;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/**
 * The text that is served for a stored resource: what was received, with `id`, `meta.versionId` and `meta.lastUpdated`
 * set and links rewritten as transaction processing requires (R4 §3.1.0.11.2). Everything else stays as it was, byte for
 * byte: the spelling of numbers, the order of members, white space, unknown extensions. Links inside the narrative stay.
 *
 * @throws CairnError `fhir.not-a-resource` where the text is no JSON object
 */
export function renderResource(input: RenderInput): string {
  const { text } = input;
  const start = skipBlank(text, 0);
  if (text[start] !== '{') throw new CairnError('fhir.not-a-resource', 'a resource is a JSON object');
  const edits = [...identityEdits(input, start), ...linkEdits(input)];
  edits.sort((a, b) => a.start - b.start);
  let rendered = '';
  let at = 0;
  for (const edit of edits) {
    if (edit.start < at) continue; // a link inside a value that is replaced as a whole
    rendered += text.slice(at, edit.start) + edit.replacement;
    at = edit.end;
  }
  return rendered + text.slice(at);
}

function identityEdits({ text, id, versionId, lastUpdated }: RenderInput, start: number): Edit[] {
  const members = membersOf(text, start);
  const missing: string[] = [];
  const edits: Edit[] = [];

  const idMember = members.find((member) => member.name === 'id');
  if (idMember === undefined) missing.push(`"id":${JSON.stringify(id)}`);
  else edits.push(replaceValue(idMember, JSON.stringify(id)));

  const meta = { versionId: JSON.stringify(versionId), lastUpdated: JSON.stringify(lastUpdated) };
  const metaText = `{"versionId":${meta.versionId},"lastUpdated":${meta.lastUpdated}}`;
  const metaMember = members.find((member) => member.name === 'meta');
  if (metaMember === undefined) missing.push(`"meta":${metaText}`);
  else if (text[metaMember.valueStart] !== '{') edits.push(replaceValue(metaMember, metaText));
  else edits.push(...metaEdits(text, metaMember.valueStart, meta));

  const anchor = members.find((member) => member.name === 'resourceType');
  if (missing.length === 0) return edits;
  if (anchor !== undefined) edits.push(insert(anchor.valueEnd, missing.map((member) => `,${member}`).join('')));
  else edits.push(insert(start + 1, missing.join(',') + (members.length > 0 ? ',' : '')));
  return edits;
}

function metaEdits(text: string, start: number, wanted: { versionId: string; lastUpdated: string }): Edit[] {
  const members = membersOf(text, start);
  const missing: string[] = [];
  const edits: Edit[] = [];
  for (const name of ['versionId', 'lastUpdated'] as const) {
    const member = members.find((candidate) => candidate.name === name);
    if (member === undefined) missing.push(`"${name}":${wanted[name]}`);
    else edits.push(replaceValue(member, wanted[name]));
  }
  if (missing.length > 0) edits.push(insert(start + 1, missing.join(',') + (members.length > 0 ? ',' : '')));
  return edits;
}

function linkEdits({ text, references }: RenderInput): Edit[] {
  const edits: Edit[] = [];
  if (references === undefined || references.size === 0) return edits;
  forEachStringMember(text, (name, start, end) => {
    if (!LINK_NAMES.has(name)) return;
    const replacement = references.get(unescape(text.slice(start, end)));
    if (replacement !== undefined)
      edits.push({ start: start - 1, end: end + 1, replacement: JSON.stringify(replacement) });
  });
  return edits;
}

function unescape(raw: string): string {
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
}

function membersOf(text: string, start: number): Member[] {
  const members: Member[] = [];
  readObject(text, start, (name, valueStart) => {
    const valueEnd = endOfValue(text, valueStart);
    members.push({ name, valueStart, valueEnd });
    return valueEnd;
  });
  return members;
}

function replaceValue(member: Member, replacement: string): Edit {
  return { start: member.valueStart, end: member.valueEnd, replacement };
}

function insert(at: number, replacement: string): Edit {
  return { start: at, end: at, replacement };
}
