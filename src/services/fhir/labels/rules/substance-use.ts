import type { CompartmentRules } from './model.js';
import { LOINC, RXNORM, SNOMED } from './systems.js';

export const SUBSTANCE_USE: CompartmentRules = {
  labels: ['ETH', 'SUD', 'ETHUD', 'OPIOIDUD'],
  codes: {
    [SNOMED]: [
      '7200002', // Alcoholism
      '66590003', // Alcohol dependence
      '15167005', // Alcohol abuse
      '25702006', // Alcohol intoxication
      '8635005', // Alcohol withdrawal delirium
      '5602001', // Opioid abuse
      '75544000', // Opioid dependence
      '26416006', // Drug abuse
      '191816009', // Drug dependence
      '78267003', // Cocaine abuse
      '31956009', // Cocaine dependence
      '37344009', // Cannabis abuse
      '85005007', // Cannabis dependence
      '55680006', // Drug overdose
      '24165007', // Alcoholism counselling
      '20093000', // Alcohol rehabilitation
      '56876005', // Drug rehabilitation and detoxification
      '61480009', // Drug detoxification
      '310653000', // Drug addiction therapy using methadone
      '713106006', // Screening for drug abuse
      '428211000124100', // Assessment of substance use
      '763302001', // Assessment using the AUDIT-C
      '868187001', // Assessment using the CRAFFT
    ],
    [LOINC]: [
      '75626-2', // AUDIT-C total score
      '82667-7', // DAST-10 total score
      '11343-1', // History of other substance use
      '5640-8', // Ethanol in blood
      '5643-2', // Ethanol in serum or plasma
      '3426-4', // Tetrahydrocannabinol in urine
      '3397-7', // Cocaine in urine
      '3879-4', // Opiates in urine
    ],
    [RXNORM]: [
      '1483744', // naltrexone hydrochloride 50 MG oral tablet
      '7243', // naltrexone
      '1819', // buprenorphine
      '351264', // buprenorphine 2 MG sublingual tablet
      '351265', // buprenorphine 8 MG sublingual tablet
      '351266', // buprenorphine 2 MG / naloxone 0.5 MG sublingual tablet
      '351267', // buprenorphine 8 MG / naloxone 2 MG sublingual tablet
      '3554', // disulfiram
      '82819', // acamprosate
    ],
  },
  // Without tobacco (F17), which 42 CFR Part 2 leaves out.
  icd10: [
    'E24.4',
    'F10-F16',
    'F18-F19',
    'F55',
    'G31.2',
    'G62.1',
    'G72.1',
    'I42.6',
    'K29.2',
    'K70',
    'K85.2',
    'K86.0',
    'O35.4',
    'O35.5',
    'O99.31',
    'O99.32',
    'P04.3',
    'P04.4',
    'P96.1',
    'Q86.0',
    'R78.0-R78.5',
    'T40',
    'T51.0',
    'Y90-Y91',
    'Z71.41',
    'Z71.42',
    'Z71.51',
    'Z71.52',
    'Z81.1-Z81.3',
  ],
};
