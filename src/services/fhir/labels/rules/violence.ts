import type { CompartmentRules } from './model.js';
import { LOINC, SNOMED } from './systems.js';

export const VIOLENCE: CompartmentRules = {
  labels: ['MST', 'SDV', 'VIO'],
  codes: {
    [SNOMED]: [
      '706893006', // Victim of intimate partner abuse
      '397940009', // Victim of child abuse
      '248110007', // Sexual assault
      '866148006', // Screening for domestic abuse
    ],
    [LOINC]: [
      '76501-6', // Afraid of partner or ex-partner within the last year
      '76504-0', // HARK total score
    ],
  },
  icd10: ['O9A.3-O9A.5', 'T74', 'T76', 'X85-Y09', 'Z04.4', 'Z04.7', 'Z62.81', 'Z69', 'Z91.41'],
};
