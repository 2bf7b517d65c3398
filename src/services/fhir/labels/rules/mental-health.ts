import type { CompartmentRules } from './model.js';
import { LOINC, RXNORM, SNOMED } from './systems.js';

export const MENTAL_HEALTH: CompartmentRules = {
  labels: ['BH', 'COGN', 'DVD', 'EMOTDIS', 'MH', 'PSY', 'PSYTHPN'],
  codes: {
    [SNOMED]: [
      '74732009', // Mental disorder
      '35489007', // Depressive disorder
      '370143000', // Major depressive disorder
      '36923009', // Major depression, single episode
      '66344007', // Recurrent major depression
      '78667006', // Dysthymia
      '58703003', // Postpartum depression
      '231504006', // Mixed anxiety and depressive disorder
      '197480006', // Anxiety disorder
      '21897009', // Generalized anxiety disorder
      '371631005', // Panic disorder
      '191736004', // Obsessive-compulsive disorder
      '47505003', // Posttraumatic stress disorder
      '17226007', // Adjustment disorder
      '13746004', // Bipolar disorder
      '58214004', // Schizophrenia
      '69322001', // Psychotic disorder
      '33449004', // Personality disorder
      '20010003', // Borderline personality disorder
      '56882008', // Anorexia nervosa
      '78004001', // Bulimia nervosa
      '192127007', // Child attention deficit disorder
      '406506008', // Attention deficit hyperactivity disorder
      '6471006', // Suicidal thoughts
      '82313006', // Suicide attempt
      '248062006', // Self-injurious behaviour
      '225337009', // Suicide risk assessment
      '171207006', // Depression screening
      '715252007', // Depression screening using PHQ-9
      '454711000124102', // Depression screening using PHQ-2
      '385892002', // Mental health screening
      '228557008', // Cognitive and behavioural therapy
      '75516001', // Psychotherapy
      '23835007', // Electroconvulsive therapy
      '183524004', // Referral to psychiatry service
    ],
    [LOINC]: [
      '44249-1', // PHQ-9 panel
      '44261-6', // PHQ-9 total score
      '89204-2', // PHQ-9 modified for teens, total score
      '55758-7', // PHQ-2 total score
      '69737-5', // GAD-7 panel
      '70274-6', // GAD-7 total score
      '71354-5', // Edinburgh postnatal depression scale
    ],
    [RXNORM]: [
      '328670', // sertraline 100 MG
      '36437', // sertraline
      '406022', // fluoxetine 25 MG
      '310385', // fluoxetine 20 MG oral capsule
      '4493', // fluoxetine
      '2556', // citalopram
      '321988', // escitalopram
      '32937', // paroxetine
      '39786', // venlafaxine
      '72625', // duloxetine
      '6448', // lithium
      '61381', // olanzapine
      '35636', // risperidone
      '51272', // quetiapine
      '89013', // aripiprazole
      '2626', // clozapine
      '5093', // haloperidol
      '1091392', // methylphenidate hydrochloride 20 MG oral tablet
      '6901', // methylphenidate
      '608139', // atomoxetine 100 MG oral capsule
      '38400', // atomoxetine
    ],
  },
  // Dementia (F01-F09) stays with general care, which needs it; self-harm is X60-X84.
  icd10: [
    'F20-F51',
    'F53-F54',
    'F56-F63',
    'F68-F84',
    'F88-F99',
    'O99.34',
    'R45.85',
    'R45.88',
    'T14.91',
    'X60-X84',
    'Z13.3',
    'Z73.0',
    'Z81.8',
    'Z86.5',
    'Z91.5',
  ],
};
