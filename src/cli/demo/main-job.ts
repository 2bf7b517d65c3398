import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CairnError } from '../../primitives/errors.js';
import { trustRootFromJson } from '../../ledger/block/trust-root.js';
import type { RunningNode } from '../../node/serve.js';
import { nodeCrypto } from '../../platform/node-crypto.js';
import { generatePatient } from '../../services/demo-data/generate-patient.js';
import { generateOrganisations } from '../../services/demo-data/organisations.js';
import { CairnClient } from '../../sdk/client.js';
import { verifyEvidence } from '../../verify/verify-evidence.js';
import { describeEvidence } from '../describe-evidence.js';
import { FhirClient } from './fhir-client.js';

const HOSPITAL = 'alder-valley-hospital';
const CLINIC = 'larkfield-clinic';
const PATIENT_SEED = 7;
const LATER = { resourceType: 'Observation', status: 'final', code: { text: 'Follow-up note' }, valueString: 'later' };

/** One step of the walk: what happened, and the file that proves it. */
export interface DemoStep {
  readonly title: string;
  readonly file?: string;
}

export interface WalkOptions {
  /** Folder for the receipts. */
  readonly receipts: string;
  readonly onStep: (line: string) => void;
}

/**
 * The main job from end to end over the node's own interfaces: a hospital imports a patient, the patient grants a clinic a
 * compartment, a clinician reads, the patient sees it and revokes, and what comes later stays closed. Fails where any of
 * it does not hold.
 */
export async function walkMainJob(running: RunningNode, { receipts, onStep }: WalkOptions): Promise<DemoStep[]> {
  const steps: DemoStep[] = [];
  const hospital = clientOf(running, HOSPITAL);
  const clinic = clientOf(running, CLINIC);
  const step = async (title: string, proof?: { transaction: string; call: number }): Promise<void> => {
    const number = steps.length + 1;
    if (proof === undefined) {
      steps.push({ title });
      onStep(`${number}. ${title}`);
      return;
    }
    const file = join(receipts, `step-${number}.receipt`);
    writeFileSync(file, await hospital.api.ledger.receipt(proof.transaction, proof.call));
    steps.push({ title, file });
    onStep(`${number}. ${title}\n     receipt ${file}`);
  };

  await hospital.api.status();
  const patient = await importPatient(hospital);
  await step(
    `${HOSPITAL} imported the chart of Patient/${patient.id}: ${patient.resources} resources, sealed and committed`,
  );

  const lab = await hospital.fhir.create({
    ...LATER,
    subject: { reference: `Patient/${patient.id}` },
    valueString: 'before',
  });
  await step(`${HOSPITAL} recorded Observation/${lab.id} over FHIR`, lab.receipt);

  const [grant] = await hospital.api.subjects.grant(`Patient/${patient.id}`, {
    grantee: CLINIC,
    compartments: ['general'],
    purposes: ['TREAT'],
    until: '30d',
  });
  require(grant !== undefined, 'the grant is on the ledger');
  await step(`the patient granted ${CLINIC} the general compartment for treatment, for 30 days`, grant);

  await clinic.fhir.waitFor(`Observation/${lab.id}`);
  await step(`${CLINIC}'s node received the key, fetched, opened and indexed what was granted`);

  const read = await clinic.fhir.read(`Observation/${lab.id}`);
  require(read.status === 200, 'the clinician reads the record');
  const { accesses } = await hospital.api.subjects.accessPage(`Patient/${patient.id}`, {});
  const entry = accesses.find(({ access }) => access === read.access);
  require(entry?.organisation === CLINIC, 'the patient sees the access');
  await step(`a clinician of ${CLINIC} read it over FHIR; the patient's access log says who, when and why`, entry);

  const revoked = await hospital.api.subjects.revoke(grant.grant);
  await step(`the patient revoked; a new epoch of keys began`, revoked);

  const later = await hospital.fhir.create({ ...LATER, subject: { reference: `Patient/${patient.id}` } });
  await step(`${HOSPITAL} recorded Observation/${later.id}`, later.receipt);

  await clinic.fhir.waitForAbsence(`Observation/${lab.id}`);
  const closed = await clinic.fhir.read(`Observation/${later.id}`);
  require(closed.status === 403 || closed.status === 404, 'the later record is closed to the clinic');
  await step(`${CLINIC} cannot read the later record, and what it had indexed has gone from its index`);

  onStep('\nOffline verification, with nothing but the files and the validators:');
  const trust = trustRootFromJson(nodeCrypto, await hospital.api.trust());
  for (const { file } of steps) {
    if (file === undefined) continue;
    const bytes = readFileSync(file);
    onStep(`  ${file}: valid\n${indent(describeEvidence(verifyEvidence(nodeCrypto, trust, bytes)))}`);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    require(isRefused(() => verifyEvidence(nodeCrypto, trust, bytes)), 'a receipt with one bit changed is refused');
  }
  onStep('  each with a single bit changed: refused');
  return steps;
}

interface Member {
  readonly api: CairnClient;
  readonly fhir: FhirClient;
}

function clientOf({ url, credentials }: RunningNode, organisation: string): Member {
  const token = credentials[organisation] ?? '';
  return { api: new CairnClient({ url, token }), fhir: new FhirClient(`${url}/fhir/R4`, token) };
}

async function importPatient({ fhir }: Member): Promise<{ id: string; resources: number }> {
  await fhir.transaction(generateOrganisations().bundle);
  const { bundle } = generatePatient(PATIENT_SEED, { home: HOSPITAL });
  const locations = await fhir.transaction(bundle);
  const patient = locations
    .map((location) => /Patient\/([A-Za-z0-9.-]+)/.exec(location)?.[1])
    .find((id) => id !== undefined);
  require(patient !== undefined, 'the bundle has a patient');
  return { id: patient, resources: locations.length };
}

function isRefused(verify: () => unknown): boolean {
  try {
    verify();
    return false;
  } catch (error) {
    if (error instanceof CairnError) return true;
    throw error;
  }
}

function require(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CairnError('demo.failed', `The demonstration failed: it should be that ${what}.`);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '     ');
}
