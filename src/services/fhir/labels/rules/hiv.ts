import type { CompartmentRules } from './model.js';
import { LOINC, RXNORM, SNOMED } from './systems.js';

export const HIV: CompartmentRules = {
  labels: ['HIV'],
  codes: {
    [SNOMED]: [
      '86406008', // Human immunodeficiency virus infection
      '62479008', // AIDS
      '91947003', // Asymptomatic HIV infection
      '111880001', // Acute HIV infection
      '40780007', // HIV-1 infection
      '165816005', // HIV positive
      '165815009', // HIV negative
      '31676001', // HIV antigen test
      '171121004', // HIV screening
      '313077009', // HIV counselling
      '315124004', // HIV viral load
    ],
    [LOINC]: [
      '75622-1', // HIV 1 and 2 tests
      '56888-1', // HIV 1+2 antibody and HIV1 p24 antigen
      '31201-7', // HIV 1+2 antibody, immunoassay
      '80387-4', // HIV 1+2 antibody, rapid
      '68961-2', // HIV 1 antibody, rapid
      '29893-5', // HIV 1 antibody, immunoassay
      '7917-8', // HIV 1 antibody
      '20447-9', // HIV 1 RNA, number per volume
      '25836-8', // HIV 1 RNA, viral load
      '24467-3', // CD3+CD4+ cells, number per volume
    ],
    [RXNORM]: [
      '1999667', // bictegravir / emtricitabine / tenofovir alafenamide oral tablet
      '190521', // abacavir
      '276237', // emtricitabine
      '1433868', // dolutegravir
      '11413', // zidovudine
      '195085', // efavirenz
      '460132', // darunavir
      '343047', // atazanavir
      '719872', // raltegravir
      '1102270', // rilpivirine
    ],
  },
  icd10: ['B20-B24', 'B97.35', 'F02.4', 'O98.7', 'R75', 'Z11.4', 'Z20.6', 'Z21', 'Z71.7', 'Z83.0'],
};
