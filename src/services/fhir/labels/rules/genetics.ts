import type { CompartmentRules } from './model.js';
import { LOINC, SNOMED } from './systems.js';

export const GENETICS: CompartmentRules = {
  labels: ['GDIS', 'SCA', 'SICKLE'],
  codes: {
    [SNOMED]: [
      '412734009', // BRCA1 gene mutation positive
      '412738007', // BRCA2 gene mutation positive
      '443529005', // Screening for chromosomal aneuploidy in prenatal amniotic fluid
      '230265002', // Familial Alzheimer's disease of early onset
      '782964007', // Genetic disease
      '41040004', // Complete trisomy 21 syndrome
      '190905008', // Cystic fibrosis
      '58756001', // Huntington's chorea
      '417357006', // Sickling disorder due to hemoglobin S
      '127040003', // Sickle cell-hemoglobin SS disease
      '79841006', // Genetic counselling
      '405825005', // Molecular genetic test
    ],
    [LOINC]: [
      '51969-4', // Genetic analysis report
      '51968-6', // Genetic disease analysis overall interpretation
      '81247-9', // Master HL7 genetic variant reporting panel
      '81252-9', // Discrete genetic variant
      '48018-6', // Gene studied
      '48004-6', // DNA change
      '48005-3', // Amino acid change
      '53037-8', // Genetic variation clinical significance
      '69548-6', // Genetic variant assessment
      '21636-6', // BRCA1 gene mutations found
    ],
  },
  icd10: ['D57', 'E84', 'G10', 'Q90-Q99', 'Z13.7', 'Z14', 'Z15', 'Z31.43', 'Z31.44', 'Z31.5', 'Z84.81'],
};
