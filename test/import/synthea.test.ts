import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sliceBundleEntries } from '../../src/services/fhir/json/bundle.js';
import { forEachStringMember } from '../../src/services/fhir/json/scan.js';
import { sameContent } from '../../src/services/fhir/json/same-content.js';
import { administrativeFirst, type ImportSource } from '../../src/services/import/import-order.js';
import { Importer } from '../../src/services/import/importer.js';
import type { ImportReport } from '../../src/services/import/import-report.js';
import { HOSPITAL, openConsortium, type Consortium } from '../../testkit/consortium.js';
import { describeWithData } from '../support/shared-data.js';

const MINUTES = 60_000;

describeWithData('synthea', 'the Synthea patients', (folder) => {
  const sources: ImportSource[] = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.name.endsWith('.json'))
    .map((file) => {
      const path = join(file.parentPath, file.name);
      return { name: file.name, read: () => Promise.resolve(readFileSync(path, 'utf8')) };
    });
  let consortium: Consortium;
  let first: ImportReport;
  const importAll = (): Promise<ImportReport> =>
    new Importer(consortium.organisation(HOSPITAL)).import(administrativeFirst(sources));

  beforeAll(async () => {
    consortium = await openConsortium();
    first = await importAll();
  }, 5 * MINUTES);
  afterAll(() => consortium.close());

  it('are imported, every resource of them', () => {
    expect(first.files.flatMap(({ refused }) => refused)).toEqual([]);
    expect(first.refused).toBe(0);
    expect(first.accepted + first.unchanged).toBe(7345);
  });

  it(
    'read back equal in content',
    async () => {
      const { fhir } = consortium.organisation(HOSPITAL).organisation.index;
      const stored = new Map<string, string[]>();
      let compared = 0;
      for await (const { text } of administrativeFirst(sources)) {
        for (const { resource } of sliceBundleEntries(text).entries) {
          const { resourceType: type, id } = resource?.value as { resourceType: string; id: string };
          const name = `${type}/${id}`;
          let versions = stored.get(name);
          if (versions === undefined) {
            const page = fhir.history({ type, id, count: 100, offset: 0, scope: 'all' });
            versions = page.versions.map((version) => withoutLinks(version.text));
            stored.set(name, versions);
          }
          const sent = withoutLinks(resource?.text ?? '');
          const isThere = versions.some((version) => sameContent(version, sent, { ignoring: ADDED }));
          expect(isThere, name).toBe(true);
          compared += 1;
        }
      }
      expect(compared).toBe(7345);
      expect(fhir.search({ type: 'Patient', parameters: [['_total', 'accurate']], scope: 'all' }).total).toBe(29);
    },
    5 * MINUTES,
  );

  it(
    'change nothing when they are imported again',
    async () => {
      const { fhir } = consortium.organisation(HOSPITAL).organisation.index;
      const before = fhir.contentDigest();
      const again = await importAll();
      expect(again).toMatchObject({ accepted: 0, refused: 0, unchanged: 7345 });
      expect(fhir.contentDigest()).toBe(before);
    },
    5 * MINUTES,
  );

  it('refer to nothing but what is there', () => {
    const { fhir } = consortium.organisation(HOSPITAL).organisation.index;
    const { versions } = fhir.history({ count: 20_000, offset: 0, scope: 'all' });
    const dangling = versions.flatMap(({ text, type, id }) =>
      linksIn(text)
        .filter((link) => link.startsWith('urn:uuid:') || !isThere(link))
        .map((link) => `${type}/${id} ${link}`),
    );
    expect(dangling).toEqual([]);
    function isThere(link: string): boolean {
      const [type = '', id = ''] = link.split('/');
      return link.startsWith('#') || fhir.read(type, id) !== undefined;
    }
  });
});

const ADDED = ['id', 'meta.versionId', 'meta.lastUpdated'];

function linksIn(text: string): string[] {
  const links: string[] = [];
  forEachStringMember(text, (name, start, end) => void (name === 'reference' && links.push(text.slice(start, end))));
  return links;
}

/** `urn:uuid:X` and `Type/X` say the same once a reference has been resolved. */
function withoutLinks(text: string): string {
  return text.replace(/"(?:urn:uuid:|[A-Z][A-Za-z]+\/)([0-9a-f-]{36})"/g, '"$1"');
}
