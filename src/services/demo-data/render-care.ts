/** The care team of the patient, and plans and goals for the long illnesses that have them. */
import { dateText } from './calendar.js';
import { CARE, hl7 } from './codes.js';
import type { Condition } from './life-course.js';
import { doctorOf, organisationById } from './organisations.js';
import { unitOf } from './observation.js';
import { organisationRef, practitionerRef, type RecordContext, type Ref } from './record.js';
import { concept, syntheticMeta } from './synthetic.js';

/** @param startDay - of the first visit in the record. */
export function addCare(context: RecordContext, startDay: number): void {
  const { record, course, patient, conditionRefs } = context;
  const { person } = course;
  const organisation = organisationById(course.home);
  const doctor = doctorOf(organisation, person.endDay - person.birthDay < 18 * 365 ? 'pediatrics' : 'family');
  const careTeam = record.add({
    resourceType: 'CareTeam',
    meta: syntheticMeta(),
    status: person.deathDay === undefined ? 'active' : 'inactive',
    name: `Care team at ${organisation.name}`,
    subject: patient,
    period: { start: dateText(startDay), ...lifeEnd(context) },
    participant: [
      { role: [concept(CARE.patientRole)], member: patient },
      {
        role: [concept(CARE.clinicianRole)],
        member: practitionerRef(doctor),
        onBehalfOf: organisationRef(organisation),
      },
    ],
    managingOrganization: [organisationRef(organisation)],
  });
  for (const [condition, reference] of conditionRefs) addPlan(context, condition, reference, careTeam);
}

function addPlan(context: RecordContext, condition: Condition, reference: Ref, careTeam: Ref): void {
  if (condition.care === undefined) return;
  const { plan, activities, goal } = condition.care;
  const { record, course, patient } = context;
  const lives = course.person.deathDay === undefined;
  const start = dateText(condition.onsetDay);
  const goalRef =
    goal === undefined
      ? undefined
      : record.add({
          resourceType: 'Goal',
          meta: syntheticMeta(condition.sensitivity),
          lifecycleStatus: lives ? 'active' : 'cancelled',
          achievementStatus: concept(hl7('goal-achievement', 'in-progress', 'In Progress')),
          description: { text: goal.text },
          subject: patient,
          startDate: start,
          target: [
            { measure: concept(goal.measure), detailQuantity: { value: goal.high, comparator: '<', ...unitOf(goal) } },
          ],
          addresses: [reference],
        });
  record.add({
    resourceType: 'CarePlan',
    meta: syntheticMeta(condition.sensitivity),
    status: lives ? 'active' : 'completed',
    intent: 'plan',
    category: [concept(plan)],
    title: plan.display,
    subject: patient,
    period: { start, ...lifeEnd(context) },
    careTeam: [careTeam],
    addresses: [reference],
    ...(goalRef === undefined ? {} : { goal: [goalRef] }),
    activity: activities.map((code) => ({
      detail: { code: concept(code), status: lives ? 'in-progress' : 'stopped' },
    })),
  });
}

function lifeEnd({ course }: RecordContext): { end?: string } {
  return course.person.deathDay === undefined ? {} : { end: dateText(course.person.deathDay) };
}
