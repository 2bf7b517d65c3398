import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../../../test/support/shared-data.js';
import { sliceBundleEntries } from './bundle.js';

describe('sliceBundleEntries', () => {
  it('gives the exact text of each resource', () => {
    const text = `{"resourceType":"Bundle", "type" : "transaction", "entry":[
      {"fullUrl":"urn:uuid:1","resource": {"resourceType":"Basic", "x":1.00 } ,"request":{"method":"POST","url":"Basic","ifNoneExist":"a=b"}},
      {"request":{"method":"DELETE","url":"Basic/1","ifMatch":"W/\\"2\\""}},
      { "\\u0072esource":{"note":"}]\\"{\\\\"}}
    ]}`;
    expect(sliceBundleEntries(text)).toEqual({
      type: 'transaction',
      entries: [
        {
          index: 0,
          fullUrl: 'urn:uuid:1',
          request: { method: 'POST', url: 'Basic', ifNoneExist: 'a=b' },
          resource: { text: '{"resourceType":"Basic", "x":1.00 }', value: { resourceType: 'Basic', x: 1 } },
        },
        { index: 1, request: { method: 'DELETE', url: 'Basic/1', ifMatch: 'W/"2"' } },
        { index: 2, resource: { text: '{"note":"}]\\"{\\\\"}', value: { note: '}]"{\\' } } },
      ],
    });
  });

  it.each([
    ['another resource', '{"resourceType":"Patient"}'],
    ['an array', '[]'],
    ['entries that are no array', '{"resourceType":"Bundle","entry":{}}'],
    ['an entry that is no object', '{"resourceType":"Bundle","entry":[1]}'],
    ['a resource that is no object', '{"resourceType":"Bundle","entry":[{"resource":"x"}]}'],
    ['a resource that is null', '{"resourceType":"Bundle","entry":[{"resource":null}]}'],
  ])('refuses %s', (_name, text) => {
    expect(() => sliceBundleEntries(text)).toThrow(expect.objectContaining({ code: 'fhir.not-a-bundle' }));
  });

  it('takes a bundle without entries', () => {
    expect(sliceBundleEntries('{"resourceType":"Bundle"}').entries).toEqual([]);
    expect(sliceBundleEntries(' {"resourceType":"Bundle","entry":[ ]}').entries).toEqual([]);
  });
});

describeWithData('synthea/ms-synthea-2.5.0', 'sliceBundleEntries on Synthea', (folder) => {
  it('slices texts that parse to the entries', () => {
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), 'utf8');
      const bundle = JSON.parse(text) as { entry: { resource: unknown; fullUrl: string }[] };
      const { entries } = sliceBundleEntries(text);
      expect(entries.map((entry) => JSON.parse(entry.resource?.text ?? 'null') as unknown)).toEqual(
        bundle.entry.map((entry) => entry.resource),
      );
      expect(entries.map((entry) => entry.fullUrl)).toEqual(bundle.entry.map((entry) => entry.fullUrl));
    }
  });
});
