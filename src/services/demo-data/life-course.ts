/** The plan of a life: conditions and visits as plain values, before any of it becomes FHIR. */
import type { ENCOUNTER_CLASS, LAB, Code, Panel, Sensitivity, Specialty } from './codes.js';
import { workday } from './calendar.js';
import {
  doctorOf,
  organisationById,
  type CareProvider,
  type ConsortiumPractitioner,
  type OrganisationId,
} from './organisations.js';
import type { Person } from './person.js';
import type { Physiology } from './physiology.js';
import type { Random } from './random.js';

export interface CareGuide {
  readonly plan: Code;
  readonly activities: readonly Code[];
  readonly goal?: { text: string; measure: Code; high: number; unit: string; ucum: string };
}

export interface Condition {
  readonly code: Code;
  readonly onsetDay: number;
  readonly abatementDay?: number;
  readonly chronic: boolean;
  readonly sensitivity?: Sensitivity;
  readonly care?: CareGuide;
}

export interface Prescription {
  readonly drug: Code;
  readonly instruction: string;
  readonly timesPerDay: number;
  /** How long it is taken; until the condition ends where absent. */
  readonly days?: number;
}

/** A single finding that is neither a vital sign nor part of a panel. */
export interface Finding {
  readonly code: Code;
  readonly category: 'laboratory' | 'survey' | 'social-history';
  readonly value:
    { readonly number: number; readonly unit: string; readonly ucum: string; readonly below?: true } | Code;
  /** Normal range, in the unit of the value. */
  readonly range?: { readonly low?: number; readonly high?: number };
  readonly sensitivity?: Sensitivity;
}

export interface Visit {
  readonly day: number;
  /** Of the day, 0 to 1439. */
  readonly minute: number;
  readonly minutes: number;
  readonly type: Code;
  readonly class: keyof typeof ENCOUNTER_CLASS;
  readonly organisation: CareProvider;
  readonly practitioner: ConsortiumPractitioner;
  /** What the visit is for; also what is prescribed for. */
  readonly reason?: Condition;
  /** What is first recorded here. */
  readonly diagnoses: readonly Condition[];
  readonly vitals: 'none' | 'fever' | 'full';
  readonly findings: readonly Finding[];
  readonly panels: readonly Panel[];
  readonly procedures: readonly Code[];
  readonly prescriptions: readonly Prescription[];
  readonly vaccines: readonly Code[];
  /** Text of the note written at the visit, one line each. */
  readonly note?: readonly string[];
  readonly sensitivity?: Sensitivity;
  /** Part of every record, however small: in a small one with its diagnosis and treatment only. */
  readonly essential: boolean;
}

type VisitPlan = Pick<Visit, 'day' | 'type'> &
  Partial<Omit<Visit, 'organisation' | 'practitioner'>> & { specialty: Specialty };

export class LifeCourse {
  readonly visits: Visit[] = [];

  constructor(
    readonly person: Person,
    readonly body: Physiology,
    readonly random: Random,
    readonly home: OrganisationId,
    readonly referenceDay: number,
  ) {}

  /** Plans a visit; drops it where it lies outside life or the record. */
  visit(plan: VisitPlan): void {
    const { specialty, ...given } = plan;
    const unplanned = given.class === 'emergency' || given.class === 'inpatient';
    const day = unplanned ? given.day : workday(given.day);
    const organisation = this.#provider(specialty, unplanned);
    const minute = unplanned ? this.random.integer(0, 1300) : 480 + 5 * this.random.integer(0, 96);
    const { minutes = 30 } = plan;
    if (day < this.person.birthDay || day + Math.floor((minute + minutes) / 1440) >= this.person.endDay) return;
    this.visits.push({
      minute,
      minutes,
      class: 'ambulatory',
      diagnoses: [],
      vitals: 'none',
      findings: [],
      panels: [],
      procedures: [],
      prescriptions: [],
      vaccines: [],
      essential: false,
      ...given,
      day,
      organisation,
      practitioner: doctorOf(organisation, specialty),
    });
  }

  /** An end that lies within the record, or none yet. */
  endedBy(day: number): { abatementDay?: number } {
    return day < this.person.endDay ? { abatementDay: day } : {};
  }

  /** The organisation of the family doctor, or the hospital where the specialty or the bed is missing there. */
  #provider(specialty: Specialty, unplanned: boolean): CareProvider {
    const home = organisationById(this.home);
    const treats = home.practitioners.some((practitioner) => practitioner.specialty === specialty);
    return home.kind === 'hospital' || (treats && !unplanned) ? home : organisationById('alder-valley-hospital');
  }
}

/** Observations in each panel, in the order of the report. */
const PANEL_MEMBERS: Record<Panel, readonly (keyof typeof LAB)[]> = {
  metabolic: ['glucose', 'ureaNitrogen', 'creatinine', 'calcium', 'sodium', 'potassium', 'chloride', 'carbonDioxide'],
  lipid: ['cholesterol', 'triglycerides', 'ldl', 'hdl'],
  bloodCount: ['leukocytes', 'erythrocytes', 'hemoglobin', 'hematocrit', 'mcv', 'mch', 'mchc', 'platelets'],
};

export interface ChosenVisit {
  readonly visit: Visit;
  readonly brief: boolean;
}

/**
 * Chooses what of a life is in the record: all essential visits, and the newest of all until about `budget` resources.
 * Returns them from the oldest to the newest.
 */
export function chooseVisits(course: LifeCourse, budget: number): ChosenVisit[] {
  const newestFirst = [...course.visits].sort((a, b) => b.day - a.day || b.minute - a.minute);
  let used = newestFirst.reduce((sum, visit) => sum + (visit.essential ? briefSize(visit) : 0), 6);
  let full = true;
  const chosen: ChosenVisit[] = [];
  for (const visit of newestFirst) {
    const size = fullSize(visit, course.person.insured) - (visit.essential ? briefSize(visit) : 0);
    full &&= used + size <= budget;
    if (full) used += size;
    if (full || visit.essential) chosen.push({ visit, brief: !full });
  }
  return chosen.reverse();
}

function briefSize(visit: Visit): number {
  return 1 + visit.diagnoses.length + visit.prescriptions.length + visit.procedures.length;
}

function fullSize(visit: Visit, insured: boolean): number {
  const vitals = visit.vitals === 'full' ? 5 : visit.vitals === 'fever' ? 2 : 0;
  const panels = visit.panels.reduce((sum, panel) => sum + PANEL_MEMBERS[panel].length + 1, 0);
  const note = visit.note === undefined ? 0 : 1;
  return briefSize(visit) + vitals + visit.findings.length + panels + visit.vaccines.length + note + (insured ? 2 : 0);
}
