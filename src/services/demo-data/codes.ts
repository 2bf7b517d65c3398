/** The codes of the demonstration data: real ones, as they occur in public reference data of the field. */
import type { Coding } from '@medplum/fhirtypes';

export interface Code extends Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

const SNOMED = 'http://snomed.info/sct';
const LOINC = 'http://loinc.org';
const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const CVX = 'http://hl7.org/fhir/sid/cvx';
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

const codesOf =
  (system: string) =>
  (code: string, display: string): Code => ({ system, code, display });
const snomed = codesOf(SNOMED);
const loinc = codesOf(LOINC);
const rxnorm = codesOf(RXNORM);
const cvx = codesOf(CVX);
const act = codesOf(ACT_CODE);
const nucc = codesOf('http://nucc.org/provider-taxonomy');

/** A code of HL7's terminology server, `hl7('claim-type', 'professional', 'Professional')`. */
export function hl7(codeSystem: string, code: string, display: string): Code {
  return { system: `http://terminology.hl7.org/CodeSystem/${codeSystem}`, code, display };
}

export const ENCOUNTER_CLASS = {
  ambulatory: act('AMB', 'ambulatory'),
  emergency: act('EMER', 'emergency'),
  inpatient: act('IMP', 'inpatient encounter'),
} as const;

/** HL7 sensitivity labels (`meta.security`), one for each of the protected compartments. */
export const SENSITIVITY = {
  mentalHealth: act('PSY', 'psychiatry disorder information sensitivity'),
  substanceUse: act('ETH', 'substance abuse information sensitivity'),
  reproductive: act('SEX', 'sexuality and reproductive health information sensitivity'),
  hiv: act('HIV', 'HIV/AIDS information sensitivity'),
  genetics: act('GDIS', 'genetic disease information sensitivity'),
} as const;
export type Sensitivity = keyof typeof SENSITIVITY;

export const VISIT = {
  wellChild: snomed('410620009', 'Well child visit'),
  checkUp: snomed('162673000', 'General examination of patient'),
  followUp: snomed('390906007', 'Follow-up encounter'),
  symptom: snomed('185345009', 'Encounter for symptom'),
  problem: snomed('185347001', 'Encounter for problem'),
  emergency: snomed('50849002', 'Emergency room admission'),
  inpatient: snomed('183452005', 'Emergency hospital admission'),
  prenatalInitial: snomed('424441002', 'Prenatal initial visit'),
  prenatal: snomed('424619006', 'Prenatal visit'),
  asthma: snomed('394701000', 'Asthma follow-up'),
} as const;

export const CONDITION = {
  hypertension: snomed('38341003', 'Hypertensive disorder'),
  prediabetes: snomed('15777000', 'Prediabetes'),
  diabetes: snomed('44054006', 'Diabetes mellitus type 2'),
  hyperlipidemia: snomed('55822004', 'Hyperlipidemia'),
  asthma: snomed('195967001', 'Asthma'),
  hypothyroidism: snomed('83664006', 'Idiopathic atrophic hypothyroidism'),
  osteoarthritis: snomed('239873007', 'Osteoarthritis of knee'),
  coronary: snomed('53741008', 'Coronary arteriosclerosis'),
  atrialFibrillation: snomed('49436004', 'Atrial fibrillation'),
  alzheimers: snomed('26929004', "Alzheimer's disease"),
  depression: snomed('370143000', 'Major depressive disorder'),
  alcohol: snomed('7200002', 'Alcoholism'),
  hiv: snomed('86406008', 'Human immunodeficiency virus infection'),
  brca1: snomed('412734009', 'BRCA1 gene mutation positive'),
  pregnancy: snomed('72892002', 'Normal pregnancy'),
  appendicitis: snomed('74400008', 'Appendicitis'),
  sinusitis: snomed('444814009', 'Viral sinusitis'),
  pharyngitis: snomed('195662009', 'Acute viral pharyngitis'),
  bronchitis: snomed('10509002', 'Acute bronchitis'),
  strepThroat: snomed('43878008', 'Streptococcal sore throat'),
  otitisMedia: snomed('65363002', 'Otitis media'),
  ankleSprain: snomed('44465007', 'Sprain of ankle'),
  cystitis: snomed('38822007', 'Cystitis'),
} as const;

export const DRUG = {
  lisinopril: rxnorm('314076', 'lisinopril 10 MG Oral Tablet'),
  amlodipine: rxnorm('197361', 'amlodipine 5 MG Oral Tablet'),
  hydrochlorothiazide: rxnorm('310798', 'hydrochlorothiazide 25 MG Oral Tablet'),
  metformin: rxnorm('860975', '24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet'),
  simvastatin: rxnorm('312961', 'simvastatin 20 MG Oral Tablet'),
  albuterol: rxnorm('745679', '200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler'),
  fluticasone: rxnorm('895994', '120 ACTUAT fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler'),
  levothyroxine: rxnorm('966222', 'levothyroxine sodium 0.075 MG Oral Tablet'),
  naproxen: rxnorm('198014', 'naproxen 500 MG Oral Tablet'),
  aspirin: rxnorm('243670', 'aspirin 81 MG Oral Tablet'),
  clopidogrel: rxnorm('309362', 'clopidogrel 75 MG Oral Tablet'),
  warfarin: rxnorm('855332', 'warfarin sodium 5 MG Oral Tablet'),
  donepezil: rxnorm('997223', 'donepezil hydrochloride 10 MG Oral Tablet'),
  fluoxetine: rxnorm('310385', 'fluoxetine 20 MG Oral Capsule'),
  naltrexone: rxnorm('1483744', 'naltrexone hydrochloride 50 MG Oral Tablet'),
  bictegravir: rxnorm('1999667', 'bictegravir 50 MG / emtricitabine 200 MG / tenofovir alafenamide 25 MG Oral Tablet'),
  ferrousSulfate: rxnorm('310325', 'ferrous sulfate 325 MG Oral Tablet'),
  acetaminophen: rxnorm('313782', 'acetaminophen 325 MG Oral Tablet'),
  ibuprofen: rxnorm('310965', 'ibuprofen 200 MG Oral Tablet'),
  amoxicillin: rxnorm('308182', 'amoxicillin 250 MG Oral Capsule'),
  penicillin: rxnorm('834061', 'penicillin V potassium 250 MG Oral Tablet'),
  nitrofurantoin: rxnorm('311995', 'nitrofurantoin, macrocrystals 50 MG Oral Capsule'),
} as const;

export const PROCEDURE = {
  appendectomy: snomed('80146002', 'Appendectomy'),
  childbirth: snomed('66348005', 'Childbirth'),
  cesarean: snomed('11466000', 'Cesarean section'),
  fetalHeart: snomed('225158009', 'Auscultation of the fetal heart'),
  fundalHeight: snomed('274804006', 'Evaluation of uterine fundal height'),
  fetalAnatomy: snomed('271442007', 'Fetal anatomy study'),
  spirometry: snomed('127783003', 'Spirometry'),
  colonoscopy: snomed('73761001', 'Colonoscopy'),
  throatCulture: snomed('117015009', 'Throat culture'),
  ankleXray: snomed('19490002', 'Ankle X-ray'),
  therapy: snomed('228557008', 'Cognitive and behavioral therapy'),
  phq9: snomed('715252007', 'Depression screening using Patient Health Questionnaire Nine Item score'),
  contraceptiveImplant: snomed('169553002', 'Insertion of subcutaneous contraceptive'),
  electrocardiogram: snomed('29303009', 'Electrocardiographic procedure'),
  medicationReview: snomed('430193006', 'Medication reconciliation'),
} as const;

export const OBSERVATION = {
  height: loinc('8302-2', 'Body height'),
  weight: loinc('29463-7', 'Body weight'),
  bmi: loinc('39156-5', 'Body mass index (BMI) [Ratio]'),
  headCircumference: loinc('9843-4', 'Head Occipital-frontal circumference'),
  bloodPressure: loinc('85354-9', 'Blood pressure panel with all children optional'),
  systolic: loinc('8480-6', 'Systolic blood pressure'),
  diastolic: loinc('8462-4', 'Diastolic blood pressure'),
  heartRate: loinc('8867-4', 'Heart rate'),
  temperature: loinc('8310-5', 'Body temperature'),
  smoking: loinc('72166-2', 'Tobacco smoking status'),
  phq9: loinc('44261-6', 'Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]'),
  auditC: loinc('75626-2', 'Total score [AUDIT-C]'),
  a1c: loinc('4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood'),
  albuminCreatinine: loinc('14959-1', 'Microalbumin/Creatinine [Mass Ratio] in Urine'),
  thyrotropin: loinc('3016-3', 'Thyrotropin [Units/volume] in Serum or Plasma'),
  hivScreen: loinc('56888-1', 'HIV 1+2 Ab+HIV1 p24 Ag [Presence] in Serum or Plasma by Immunoassay'),
  hivViralLoad: loinc('20447-9', 'HIV 1 RNA [#/volume] (viral load) in Serum or Plasma by NAA with probe detection'),
  cd4: loinc('24467-3', 'CD3+CD4+ (T4 helper) cells [#/volume] in Blood'),
  brca1: loinc(
    '21636-6',
    'BRCA1 gene mutations found [Identifier] in Blood or Tissue by Molecular genetics method Nominal',
  ),
} as const;

export const LAB = {
  glucose: loinc('2339-0', 'Glucose [Mass/volume] in Blood'),
  ureaNitrogen: loinc('6299-2', 'Urea nitrogen [Mass/volume] in Blood'),
  creatinine: loinc('38483-4', 'Creatinine [Mass/volume] in Blood'),
  calcium: loinc('49765-1', 'Calcium [Mass/volume] in Blood'),
  sodium: loinc('2947-0', 'Sodium [Moles/volume] in Blood'),
  potassium: loinc('6298-4', 'Potassium [Moles/volume] in Blood'),
  chloride: loinc('2069-3', 'Chloride [Moles/volume] in Blood'),
  carbonDioxide: loinc('20565-8', 'Carbon dioxide, total [Moles/volume] in Blood'),
  cholesterol: loinc('2093-3', 'Cholesterol [Mass/volume] in Serum or Plasma'),
  triglycerides: loinc('2571-8', 'Triglyceride [Mass/volume] in Serum or Plasma'),
  ldl: loinc('18262-6', 'Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay'),
  hdl: loinc('2085-9', 'Cholesterol in HDL [Mass/volume] in Serum or Plasma'),
  leukocytes: loinc('6690-2', 'Leukocytes [#/volume] in Blood by Automated count'),
  erythrocytes: loinc('789-8', 'Erythrocytes [#/volume] in Blood by Automated count'),
  hemoglobin: loinc('718-7', 'Hemoglobin [Mass/volume] in Blood'),
  hematocrit: loinc('4544-3', 'Hematocrit [Volume Fraction] of Blood by Automated count'),
  mcv: loinc('787-2', 'MCV [Entitic volume] by Automated count'),
  mch: loinc('785-6', 'MCH [Entitic mass] by Automated count'),
  mchc: loinc('786-4', 'MCHC [Mass/volume] by Automated count'),
  platelets: loinc('777-3', 'Platelets [#/volume] in Blood by Automated count'),
} as const;

export const PANEL = {
  metabolic: loinc('51990-0', 'Basic metabolic panel - Blood'),
  lipid: loinc('57698-3', 'Lipid panel with direct LDL - Serum or Plasma'),
  bloodCount: loinc('58410-2', 'CBC panel - Blood by Automated count'),
} as const;
export type Panel = keyof typeof PANEL;

export const DOCUMENT = {
  progress: loinc('11506-3', 'Progress note'),
  examination: loinc('34117-2', 'History and physical note'),
  discharge: loinc('18842-5', 'Discharge summary'),
} as const;

export const VACCINE = {
  hepB: cvx('08', 'Hep B, adolescent or pediatric'),
  rotavirus: cvx('119', 'rotavirus, monovalent'),
  dtap: cvx('20', 'DTaP'),
  hib: cvx('49', 'Hib (PRP-OMP)'),
  pcv13: cvx('133', 'Pneumococcal conjugate PCV 13'),
  ipv: cvx('10', 'IPV'),
  mmr: cvx('03', 'MMR'),
  varicella: cvx('21', 'varicella'),
  hepA: cvx('83', 'Hep A, ped/adol, 2 dose'),
  tdap: cvx('115', 'Tdap'),
  hpv4: cvx('62', 'HPV, quadrivalent'),
  hpv9: cvx('165', 'HPV9'),
  pcv20: cvx('216', 'Pneumococcal conjugate PCV20, polysaccharide CRM197 conjugate, adjuvant, PF'),
  meningococcal: cvx('114', 'meningococcal MCV4P'),
  td: cvx('113', 'Td (adult) preservative free'),
  influenza: cvx('140', 'Influenza, seasonal, injectable, preservative free'),
  zosterLive: cvx('121', 'zoster live'),
  zosterRecombinant: cvx('187', 'zoster recombinant'),
  ppsv23: cvx('33', 'pneumococcal polysaccharide PPV23'),
} as const;

export const ALLERGY = {
  mould: snomed('419474003', 'Allergy to mould'),
  dander: snomed('232347008', 'Dander (animal) allergy'),
  treePollen: snomed('419263009', 'Allergy to tree pollen'),
  grassPollen: snomed('418689008', 'Allergy to grass pollen'),
  dustMite: snomed('232350006', 'House dust mite allergy'),
  shellfish: snomed('300913006', 'Shellfish allergy'),
  beeVenom: snomed('424213003', 'Allergy to bee venom'),
  peanuts: snomed('91935009', 'Allergy to peanuts'),
  fish: snomed('417532002', 'Allergy to fish'),
  eggs: snomed('91930004', 'Allergy to eggs'),
} as const;

export const REACTION = {
  rash: snomed('271807003', 'Eruption of skin'),
  itching: snomed('418290006', 'Itching'),
  dyspnea: snomed('267036007', 'Dyspnea'),
} as const;

export const FINDING = {
  neverSmoker: snomed('266919005', 'Never smoked tobacco'),
  formerSmoker: snomed('8517006', 'Ex-smoker'),
  dailySmoker: snomed('449868002', 'Smokes tobacco daily'),
  positive: snomed('10828004', 'Positive'),
  negative: snomed('260385009', 'Negative'),
} as const;

export const CARE = {
  hypertension: snomed('443402002', 'Lifestyle education regarding hypertension'),
  diabetes: snomed('698360004', 'Diabetes self management plan'),
  asthma: snomed('699728000', 'Asthma self management'),
  lipids: snomed('736285004', 'Hyperlipidemia clinical management plan'),
  lowSalt: snomed('183063000', 'Low salt diet education'),
  exercise: snomed('229065009', 'Exercise therapy'),
  diabeticDiet: snomed('160670007', 'Diabetic diet'),
  healthyDiet: snomed('226234005', 'Healthy diet'),
  breathing: snomed('229298005', 'Breathing control'),
  allergyEducation: snomed('58332002', 'Allergy education'),
  patientRole: snomed('116153009', 'Patient'),
  clinicianRole: snomed('303118004', 'Person in the healthcare environment'),
} as const;

/** Codes of the NUCC health care provider taxonomy. */
export const SPECIALTY = {
  family: nucc('207Q00000X', 'Family Medicine'),
  internal: nucc('207R00000X', 'Internal Medicine'),
  pediatrics: nucc('208000000X', 'Pediatrics'),
  obstetrics: nucc('207V00000X', 'Obstetrics & Gynecology'),
  surgery: nucc('208600000X', 'Surgery'),
  psychiatry: nucc('2084P0800X', 'Psychiatry'),
  emergency: nucc('207P00000X', 'Emergency Medicine'),
} as const;
export type Specialty = keyof typeof SPECIALTY;
