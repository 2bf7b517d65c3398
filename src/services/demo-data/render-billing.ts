/** The claim for a visit and, once it is decided, the insurer's explanation of what it pays. */
import type { ExplanationOfBenefitItemAdjudication, Money } from '@medplum/fhirtypes';
import { dateText } from './calendar.js';
import { hl7, PANEL, type Code } from './codes.js';
import type { Visit } from './life-course.js';
import { INSURER_ID, organisationById } from './organisations.js';
import { locationRef, organisationRef, practitionerRef, type Ref, type VisitContext } from './record.js';
import { concept, syntheticMeta } from './synthetic.js';

interface BilledItem {
  readonly code: Code;
  readonly cents: number;
}

/** US cents. */
const PRICE = {
  ambulatory: 13_500,
  emergency: 98_000,
  inpatient: 742_000,
  panel: 4_200,
  procedure: 18_500,
  vaccine: 6_400,
};
const COPAY_CENTS = 2_500;
/** Of the price billed, in percent: what the insurer's contract allows. */
const ALLOWED_PERCENT = 78;
const DAYS_TO_PAYMENT = 14;

export function addClaim(at: VisitContext, coverage: Ref): void {
  const { visit, patient } = at;
  const institutional = visit.class !== 'ambulatory';
  const doneDay = visit.day + Math.floor((visit.minute + visit.minutes) / 1440);
  const items = billedItems(visit);
  const diagnosis = visit.reason === undefined ? undefined : at.conditionRefs.get(visit.reason);
  const shared = {
    meta: syntheticMeta(visit.sensitivity),
    status: 'active' as const,
    type: concept(
      institutional
        ? hl7('claim-type', 'institutional', 'Institutional')
        : hl7('claim-type', 'professional', 'Professional'),
    ),
    use: 'claim' as const,
    patient,
    billablePeriod: { start: at.start, end: at.end },
    created: dateText(doneDay),
    insurer: organisationRef(organisationById(INSURER_ID)),
    provider: organisationRef(visit.organisation),
    priority: concept(hl7('processpriority', 'normal', 'Normal')),
    facility: locationRef(visit.organisation),
    careTeam: [
      {
        sequence: 1,
        provider: practitionerRef(visit.practitioner),
        role: concept(hl7('claimcareteamrole', 'primary', 'Primary provider')),
      },
    ],
    ...(diagnosis === undefined
      ? {}
      : {
          diagnosis: [
            {
              sequence: 1,
              diagnosisReference: diagnosis,
              type: [concept(hl7('ex-diagnosistype', 'principal', 'Principal Diagnosis'))],
            },
          ],
        }),
  };
  const lines = items.map(({ code, cents }, index) => ({
    sequence: index + 1,
    careTeamSequence: [1],
    ...(diagnosis === undefined ? {} : { diagnosisSequence: [1] }),
    productOrService: concept(code),
    servicedPeriod: { start: at.start, end: at.end },
    net: dollars(cents),
    ...(index === 0 ? { encounter: [at.encounter] } : {}),
  }));
  const total = items.reduce((sum, { cents }) => sum + cents, 0);
  const claim = at.record.add({
    resourceType: 'Claim',
    ...shared,
    insurance: [{ sequence: 1, focal: true, coverage }],
    item: lines,
    total: dollars(total),
  });
  if (doneDay + DAYS_TO_PAYMENT > at.course.referenceDay) return;
  const paid = items.map(({ cents }, index) => adjudicate(cents, index === 0 ? COPAY_CENTS : 0));
  const benefit = paid.reduce((sum, item) => sum + item.benefit, 0);
  at.record.add({
    resourceType: 'ExplanationOfBenefit',
    ...shared,
    claim,
    outcome: 'complete',
    insurance: [{ focal: true, coverage }],
    item: lines.map((line, index) => ({ ...line, adjudication: (paid[index] as Adjudicated).adjudication })),
    total: [
      { category: concept(hl7('adjudication', 'submitted', 'Submitted Amount')), amount: dollars(total) },
      { category: concept(hl7('adjudication', 'benefit', 'Benefit Amount')), amount: dollars(benefit) },
    ],
    payment: { date: dateText(doneDay + DAYS_TO_PAYMENT), amount: dollars(benefit) },
  });
}

function billedItems(visit: Visit): BilledItem[] {
  return [
    { code: visit.type, cents: PRICE[visit.class] },
    ...visit.procedures.map((code) => ({ code, cents: PRICE.procedure })),
    ...visit.panels.map((panel) => ({ code: PANEL[panel], cents: PRICE.panel })),
    ...visit.vaccines.map((code) => ({ code, cents: PRICE.vaccine })),
  ];
}

interface Adjudicated {
  readonly benefit: number;
  readonly adjudication: ExplanationOfBenefitItemAdjudication[];
}

function adjudicate(cents: number, copay: number): Adjudicated {
  const eligible = Math.round((cents * ALLOWED_PERCENT) / 100);
  const benefit = eligible - copay;
  return {
    benefit,
    adjudication: [
      { category: concept(hl7('adjudication', 'submitted', 'Submitted Amount')), amount: dollars(cents) },
      { category: concept(hl7('adjudication', 'eligible', 'Eligible Amount')), amount: dollars(eligible) },
      ...(copay === 0 ? [] : [{ category: concept(hl7('adjudication', 'copay', 'CoPay')), amount: dollars(copay) }]),
      { category: concept(hl7('adjudication', 'benefit', 'Benefit Amount')), amount: dollars(benefit) },
    ],
  };
}

function dollars(cents: number): Money {
  return { value: cents / 100, currency: 'USD' };
}
