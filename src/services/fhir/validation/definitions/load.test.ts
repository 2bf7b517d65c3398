import { describe, expect, it } from 'vitest';
import { PRIMITIVE_CHECKS } from '../primitives.js';
import { LINK_NAMES } from '../../json/link-names.js';
import { extractFromPackage, loadDefinitions } from './load.js';

describe('loadDefinitions', () => {
  it('gives what the package says, so the cache is not stale', () => {
    expect(loadDefinitions()).toEqual(extractFromPackage());
  });

  it('is closed: every type that an element names is there, and every primitive has its check', () => {
    const { types } = loadDefinitions();
    const named = new Set(
      Object.values(types).flatMap((type) => type.elements.flatMap((element) => element.types.map(({ code }) => code))),
    );
    expect([...named].filter((name) => !(name in types))).toEqual([]);
    const primitives = Object.keys(types).filter((name) => types[name]?.kind === 'primitive');
    expect(primitives.filter((name) => !(name in PRIMITIVE_CHECKS))).toEqual([]);
  });

  it('enumerates every required value set but these', () => {
    const { types, valueSets } = loadDefinitions();
    const required = new Set(
      Object.values(types).flatMap((type) => type.elements.flatMap((element) => element.required ?? [])),
    );
    expect([...required].filter((url) => !(url in valueSets)).sort()).toEqual([
      // Checked by form.
      'http://hl7.org/fhir/ValueSet/all-languages',
      // From a later FHIR version: the package carries these elements, but not their codes.
      'http://hl7.org/fhir/ValueSet/characteristic-combination',
      'http://hl7.org/fhir/ValueSet/currencies',
      'http://hl7.org/fhir/ValueSet/mimetypes',
      'http://hl7.org/fhir/ValueSet/subscription-notification-type',
      'http://hl7.org/fhir/ValueSet/ucum-units',
      // A LOINC answer list.
      'http://loinc.org/vs/LL379-9',
      'http://www.rfc-editor.org/bcp/bcp13.txt',
    ]);
  });

  it('gives the names of link elements', () => {
    const links = new Set<string>();
    const texts = new Set<string>();
    for (const [typeName, type] of Object.entries(loadDefinitions().types)) {
      if (typeName === 'Extension') continue;
      for (const element of type.elements) {
        for (const { code } of element.types) {
          const name = element.choice ? element.name + code.charAt(0).toUpperCase() + code.slice(1) : element.name;
          if (['uri', 'url', 'oid', 'uuid'].includes(code)) links.add(name);
          else if (['string', 'markdown', 'code', 'id'].includes(code)) texts.add(name);
        }
      }
    }
    const expected = [...links]
      .filter((name) => !texts.has(name) && name !== 'fullUrl')
      .concat('reference', 'url', 'address');
    expect([...LINK_NAMES].sort()).toEqual([...new Set(expected)].sort());
  });
});
