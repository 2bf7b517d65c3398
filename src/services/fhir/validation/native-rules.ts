import { isCertainlyAfter } from './dates.js';

/** What a rule may look at besides the value it stands on. */
export interface RuleContext {
  /** `%resource`: the innermost resource around the value. */
  readonly resource: object;
  /** `%rootResource`: the same, or the resource that contains it. */
  readonly rootResource: object;
}

/**
 * Invariants decided in code, by their exact FHIRPath expression: if the definitions change one, it goes back to FHIRPath.
 * An expression is here for one of these reasons:
 * - it stands on most resources or on every entry of a bundle, and FHIRPath costs fifty times as much;
 * - it compares everything with everything (`isDistinct`), which takes minutes on a hostile resource;
 * - Medplum's FHIRPath, which works without a schema, does not decide it right (dates in different time zones, objects that
 *   it compares by identity, `descendants`, an empty left side of `implies`).
 *
 * Where FHIRPath decides it right, the tests compare the two.
 */
export const NATIVE_RULES: Readonly<Record<string, Holds>> = {
  // qty-3, vsd-10
  'code.empty() or system.exists()': rule((v) => !has(v, 'code') || has(v, 'system')),
  // cpt-2
  'value.empty() or system.exists()': rule((v) => !has(v, 'value') || has(v, 'system')),
  // att-1
  'data.empty() or contentType.exists()': rule((v) => !has(v, 'data') || has(v, 'contentType')),
  // prr-1
  'orderDetail.empty() or code.exists()': rule((v) => !has(v, 'orderDetail') || has(v, 'code')),
  // cpl-3
  'detail.empty() or reference.empty()': rule((v) => !has(v, 'detail') || !has(v, 'reference')),
  // org-1, ipn-1
  '(identifier.count() + name.count()) > 0': rule((v) => has(v, 'identifier') || has(v, 'name')),
  // org-2, org-3: on each address and telecom
  "where(use = 'home').empty()": rule((v) => v['use'] !== 'home'),

  // obs-6
  'dataAbsentReason.empty() or value.empty()': rule((v) => !has(v, 'dataAbsentReason') || !hasChoice(v, 'value')),
  // obs-7
  'value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()': rule((v) => {
    const components = items(v['component']);
    if (components.length === 0 || !hasChoice(v, 'value')) return true;
    const own = new Set(items(record(v['code'])['coding']).map(spelled));
    return !components.some(({ code }) => items(record(code)['coding']).some((coding) => own.has(spelled(coding))));
  }),
  // con-4
  "abatement.empty() or clinicalStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-clinical' and (code='resolved' or code='remission' or code='inactive')).exists()":
    rule(
      (v) =>
        !hasChoice(v, 'abatement') ||
        hasCoding(v['clinicalStatus'], `${TERMINOLOGY}condition-clinical`, ['resolved', 'remission', 'inactive']),
    ),
  // con-5
  "verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' and code='entered-in-error').empty() or clinicalStatus.empty()":
    rule(
      (v) =>
        !has(v, 'clinicalStatus') ||
        !hasCoding(v['verificationStatus'], `${TERMINOLOGY}condition-ver-status`, ['entered-in-error']),
    ),

  // per-1
  'start.hasValue().not() or end.hasValue().not() or (start <= end)': rule((v) => inOrder(v['start'], v['end'])),
  // mdd-1
  'whenHandedOver.empty() or whenPrepared.empty() or whenHandedOver >= whenPrepared': rule((v) =>
    inOrder(v['whenPrepared'], v['whenHandedOver']),
  ),
  // inv-1 of Task
  'lastModified.exists().not() or authoredOn.exists().not() or lastModified >= authoredOn': rule((v) =>
    inOrder(v['authoredOn'], v['lastModified']),
  ),
  // rng-2: in one unit; across units it is not decided
  'low.empty() or high.empty() or (low <= high)': rule((v) => {
    const [low, high] = [record(v['low']), record(v['high'])];
    const comparable = low['code'] === high['code'] && low['unit'] === high['unit'] && low['system'] === high['system'];
    return (
      !comparable ||
      typeof low['value'] !== 'number' ||
      typeof high['value'] !== 'number' ||
      low['value'] <= high['value']
    );
  }),
  // ras-2
  'probability is decimal implies (probability as decimal) <= 100': rule((v) => {
    const probability = v['probabilityDecimal'];
    return typeof probability !== 'number' || probability <= 100;
  }),
  ...singleAssertionRules(),

  // bdl-1
  "total.empty() or (type = 'searchset') or (type = 'history')": rule(
    (v) => !has(v, 'total') || v['type'] === 'searchset' || v['type'] === 'history',
  ),
  // bdl-2
  "entry.search.empty() or (type = 'searchset')": rule(
    (v) => v['type'] === 'searchset' || !items(v['entry']).some((entry) => has(entry, 'search')),
  ),
  // bdl-3, bdl-4
  "entry.all(request.exists() = (%resource.type = 'batch' or %resource.type = 'transaction' or %resource.type = 'history'))":
    rule((v) =>
      items(v['entry']).every(
        (entry) => has(entry, 'request') === ['batch', 'transaction', 'history'].includes(v['type'] as string),
      ),
    ),
  "entry.all(response.exists() = (%resource.type = 'batch-response' or %resource.type = 'transaction-response' or %resource.type = 'history'))":
    rule((v) =>
      items(v['entry']).every(
        (entry) =>
          has(entry, 'response') ===
          ['batch-response', 'transaction-response', 'history'].includes(v['type'] as string),
      ),
    ),
  // bdl-5
  'resource.exists() or request.exists() or response.exists()': rule(
    (v) => has(v, 'resource') || has(v, 'request') || has(v, 'response'),
  ),
  // bdl-7
  "(type = 'history') or entry.where(fullUrl.exists()).select(fullUrl&resource.meta.versionId).isDistinct()": rule(
    (v) =>
      v['type'] === 'history' ||
      areDistinct(
        items(v['entry'])
          .filter((entry) => has(entry, 'fullUrl'))
          .map((entry) => joined(entry['fullUrl'], record(record(entry['resource'])['meta'])['versionId'])),
      ),
  ),
  // bdl-8
  "fullUrl.exists() implies fullUrl.contains('/_history/').not()": rule(
    (v) => typeof v['fullUrl'] !== 'string' || !v['fullUrl'].includes('/_history/'),
  ),
  // bdl-9
  "type = 'document' implies (identifier.system.exists() and identifier.value.exists())": rule(
    (v) =>
      v['type'] !== 'document' || (has(record(v['identifier']), 'system') && has(record(v['identifier']), 'value')),
  ),
  // bdl-10
  "type = 'document' implies (timestamp.hasValue())": rule(
    (v) => v['type'] !== 'document' || v['timestamp'] !== undefined,
  ),
  // bdl-11
  "type = 'document' implies entry.first().resource.is(Composition)": rule(
    (v) => v['type'] !== 'document' || firstResourceType(v) === 'Composition',
  ),
  // bdl-12
  "type = 'message' implies entry.first().resource.is(MessageHeader)": rule(
    (v) => v['type'] !== 'message' || firstResourceType(v) === 'MessageHeader',
  ),
  // cpb-7
  'document.select(profile&mode).isDistinct()': rule((v) =>
    areDistinct(items(v['document']).map((each) => joined(each['profile'], each['mode']))),
  ),
  // cpb-9
  'resource.select(type).isDistinct()': distinctMembers('resource', 'type'),
  // cpb-12
  'searchParam.select(name).isDistinct()': distinctMembers('searchParam', 'name'),
  // eld-13
  'type.select(code).isDistinct()': distinctMembers('type', 'code'),
  // eld-14
  'constraint.select(key).isDistinct()': distinctMembers('constraint', 'key'),
  // nsd-2
  'uniqueId.where(preferred = true).select(type).isDistinct()': rule((v) =>
    areDistinct(items(v['uniqueId']).flatMap((each) => (each['preferred'] === true ? [each['type']] : []))),
  ),
  // csd-1
  'concept.code.combine($this.descendants().concept.code).isDistinct()': rule((v) =>
    areDistinct(nested(v, 'concept', 'code')),
  ),
  // que-2
  'descendants().linkId.isDistinct()': rule((v) => areDistinct(nested(v, 'item', 'linkId'))),
  // sdf-1
  "derivation = 'constraint' or snapshot.element.select(path).isDistinct()": rule(
    (v) => v['derivation'] === 'constraint' || areDistinct(elements(v, 'snapshot').map((each) => each['path'])),
  ),
  // sdf-16, sdf-17
  "snapshot.element.all(id.exists()) and snapshot.element.id.trace('ids').isDistinct()": distinctElementIds('snapshot'),
  "differential.element.all(id.exists()) and differential.element.id.trace('ids').isDistinct()":
    distinctElementIds('differential'),
  // sdf-8
  "(%resource.kind = 'logical' or element.first().path = %resource.type) and element.tail().all(path.startsWith(%resource.snapshot.element.first().path&'.'))":
    rule((v, resource) => {
      const [first, ...rest] = items(v['element']).map((each) => String(each['path']));
      if (first === undefined) return false;
      return (
        (resource['kind'] === 'logical' || first === resource['type']) &&
        rest.every((path) => path.startsWith(`${first}.`))
      );
    }),
  // sdf-8a
  [String.raw`(%resource.kind = 'logical' or element.first().path.startsWith(%resource.type)) and (element.tail().empty() or element.tail().all(path.startsWith(%resource.differential.element.first().path.replaceMatches('\\..*','')&'.')))`]:
    rule((v, resource) => {
      const [first, ...rest] = items(v['element']).map((each) => String(each['path']));
      if (first === undefined) return false;
      const root = `${first.replace(/\..*/s, '')}.`;
      return (
        (resource['kind'] === 'logical' || first.startsWith(String(resource['type']))) &&
        rest.every((path) => path.startsWith(root))
      );
    }),
};

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem/';

type JsonRecord = Readonly<Record<string, unknown>>;
type Holds = (value: unknown, context: RuleContext) => boolean;

function rule(holds: (value: JsonRecord, resource: JsonRecord) => boolean): Holds {
  return (value, context) => holds(record(value), context.resource as JsonRecord);
}

function distinctMembers(list: string, member: string): Holds {
  return rule((v) => areDistinct(items(v[list]).map((each) => each[member])));
}

function distinctElementIds(view: 'snapshot' | 'differential'): Holds {
  return rule((v) => {
    const ids = elements(v, view).map((each) => each['id']);
    return ids.every((id) => id !== undefined) && areDistinct(ids);
  });
}

/** tst-5, tst-6: one kind of check for each assertion. */
function singleAssertionRules(): Record<string, Holds> {
  const kinds = (
    'contentType expression headerField minimumId navigationLinks path requestMethod resource responseCode response ' +
    'validateProfileId'
  ).split(' ');
  const holds = rule((v) => has(v, 'extension') || kinds.filter((kind) => has(v, kind)).length <= 1);
  return {
    'extension.exists() or (contentType.count() + expression.count() + headerField.count() + minimumId.count() + navigationLinks.count() + path.count() + requestMethod.count() + resource.count() + responseCode.count() + response.count()  + validateProfileId.count() <=1)':
      holds,
    'extension.exists() or (contentType.count() + expression.count() + headerField.count() + minimumId.count() + navigationLinks.count() + path.count() + requestMethod.count() + resource.count() + responseCode.count() + response.count() + validateProfileId.count() <=1)':
      holds,
  };
}

/** Whether an element is there, be it with nothing but extensions. */
function has(value: JsonRecord, name: string): boolean {
  return value[name] !== undefined || value[`_${name}`] !== undefined;
}

function hasChoice(value: JsonRecord, name: string): boolean {
  for (const key in value) {
    const at = key.startsWith('_') ? 1 : 0;
    const next = key.charCodeAt(at + name.length);
    if (next >= 0x41 && next <= 0x5a && key.startsWith(name, at)) return true;
  }
  return false;
}

function hasCoding(concept: unknown, system: string, codes: readonly string[]): boolean {
  return items(record(concept)['coding']).some(
    (coding) => coding['system'] === system && codes.includes(coding['code'] as string),
  );
}

function inOrder(earlier: unknown, later: unknown): boolean {
  return typeof earlier !== 'string' || typeof later !== 'string' || !isCertainlyAfter(earlier, later);
}

function firstResourceType(bundle: JsonRecord): unknown {
  return record(items(bundle['entry'])[0]?.['resource'])['resourceType'];
}

function areDistinct(values: readonly unknown[]): boolean {
  const present = values.filter((value) => value !== undefined);
  return new Set(present).size === present.length;
}

/** Two strings as one that no other two make. */
function joined(a: unknown, b: unknown): string {
  return JSON.stringify([a, b]);
}

function elements(value: JsonRecord, view: 'snapshot' | 'differential'): readonly JsonRecord[] {
  return items(record(value[view])['element']);
}

/** A member of all items of a list and of the same list within them. */
function nested(value: JsonRecord, list: string, member: string): unknown[] {
  const found: unknown[] = [];
  const pending = [...items(value[list])];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    found.push(item[member]);
    for (const inner of items(item[list])) pending.push(inner);
  }
  return found;
}

/** A value such that equal ones, whatever the order of their members, give equal strings. */
function spelled(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

const EMPTY: JsonRecord = {};

function record(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null ? (value as JsonRecord) : EMPTY;
}

function items(value: unknown): readonly JsonRecord[] {
  return Array.isArray(value) ? value.map(record) : [];
}
