import { parseSearchRequest } from '@medplum/core';
import { describe, expect, it } from 'vitest';
import { parseSearch } from './request.js';
import { splitEscaped, splitPrefix, unescapeValue } from './search-values.js';

const parse = (query: string) =>
  parseSearch({ type: 'Observation', parameters: new URLSearchParams(query), scope: 'all' });

describe('parseSearch', () => {
  it('keeps name, modifier and value of every filter as written', () => {
    expect(
      parse(
        'subject:Patient=23&code=eq5d&code:not=a,b&date=ge2020&subject:Patient.name:exact=X&_has:Condition:subject:code=1',
      ).filters,
    ).toEqual([
      { name: 'subject', modifier: 'Patient', value: '23' },
      { name: 'code', modifier: '', value: 'eq5d' },
      { name: 'code', modifier: 'not', value: 'a,b' },
      { name: 'date', modifier: '', value: 'ge2020' },
      { name: 'subject:Patient.name', modifier: 'exact', value: 'X' },
      { name: '_has:Condition:subject:code', modifier: '', value: '1' },
    ]);
  });

  it('has to: the parser of @medplum/core changes codes', () => {
    expect(parseSearchRequest('Observation?code=eq5d').filters).toEqual([
      { code: 'code', operator: 'eq', value: '5d' },
    ]);
    expect(parseSearchRequest('Observation?code=le4').filters).toEqual([{ code: 'code', operator: 'le', value: '4' }]);
  });

  it('reads what concerns the result', () => {
    const { sort, count, offset, include, revInclude, withTotal, elements } = parse(
      '_sort=-date,status&_count=5&_offset=10&_include=Observation:subject:Patient&_revinclude=Provenance:target&_total=accurate&_elements=code,value',
    );
    expect(sort).toEqual([
      { code: 'date', descending: true },
      { code: 'status', descending: false },
    ]);
    expect([count, offset, withTotal, elements]).toEqual([5, 10, true, ['code', 'value']]);
    expect(include).toEqual([{ resourceType: 'Observation', searchParam: 'subject', targetType: 'Patient' }]);
    expect(revInclude).toEqual([{ resourceType: 'Provenance', searchParam: 'target' }]);
  });

  it.each([
    ['', { count: 50, offset: 0, withTotal: false }],
    ['_count=100000', { count: 1000 }],
    ['_summary=count', { count: 0, withTotal: true }],
    ['_summary=true', { summary: 'true' }],
    ['_total=none', { withTotal: false }],
  ])('%j means %j', (query, expected) => expect(parse(query)).toMatchObject(expected));

  it.each([
    ['_count=x', 'fhir.search-value-invalid'],
    ['_count=-1', 'fhir.search-value-invalid'],
    ['_offset=1.5e99', 'fhir.search-value-invalid'],
    ['_total=maybe', 'fhir.search-value-invalid'],
    ['_summary=some', 'fhir.search-value-invalid'],
    ['_include=*', 'fhir.search-value-invalid'],
    ['_include=Observation', 'fhir.search-value-invalid'],
    ['_include:iterate=Observation:subject', 'fhir.search-not-supported'],
    ['_sort=a,b,c,d,e,f,g,h,i', 'fhir.search-value-invalid'],
    [`code=${'x'.repeat(8193)}`, 'fhir.search-value-invalid'],
    ['code=1&'.repeat(65), 'fhir.search-too-complex'],
  ])('refuses %.40s with %s', (query, code) => {
    expect(() => parse(query)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe('values of a search', () => {
  it('are split where no backslash stands', () => {
    expect(splitEscaped('a,b\\,c,\\\\,', ',')).toEqual(['a', 'b\\,c', '\\\\', '']);
    expect(splitEscaped('a\\', ',')).toEqual(['a\\']);
    expect(unescapeValue('a\\,b\\|c\\$d\\\\e\\x')).toBe('a,b|c$d\\e\\x');
  });

  it('have a prefix only before a number', () => {
    expect(splitPrefix('ge2020')).toEqual({ prefix: 'ge', operand: '2020' });
    expect(splitPrefix('sa-5')).toEqual({ prefix: 'sa', operand: '-5' });
    expect(splitPrefix('2020')).toEqual({ prefix: 'eq', operand: '2020' });
    expect(splitPrefix('lemon')).toEqual({ prefix: 'eq', operand: 'lemon' });
  });
});
