import type { CompartmentRules } from './model.js';
import { CVX, LOINC, RXNORM, SNOMED } from './systems.js';

export const SEXUAL_AND_REPRODUCTIVE: CompartmentRules = {
  labels: ['SEX', 'STD', 'GENDER'],
  codes: {
    [SNOMED]: [
      '77386006', // Pregnancy
      '72892002', // Normal pregnancy
      '47200007', // High risk pregnancy
      '16356006', // Multiple pregnancy
      '79586000', // Tubal pregnancy
      '19169002', // Miscarriage in first trimester
      '17369002', // Miscarriage
      '35999006', // Blighted ovum
      '198992004', // Antepartum eclampsia
      '398254007', // Preeclampsia
      '156073000', // Fetus with unknown complication
      '11687002', // Gestational diabetes mellitus
      '252160004', // Standard pregnancy test
      '274804006', // Evaluation of uterine fundal height
      '225158009', // Auscultation of the fetal heart
      '169230002', // Ultrasound scan for fetal viability
      '271442007', // Fetal anatomy study
      '275833003', // Alpha-fetoprotein test
      '169673001', // Antenatal RhD antibody screening
      '51116004', // RhD passive immunization
      '424441002', // Prenatal initial visit
      '424619006', // Prenatal visit
      '424525001', // Antenatal care
      '18114009', // Prenatal examination and care of mother
      '169762003', // Postnatal visit
      '133906008', // Postpartum care
      '183460006', // Obstetric emergency hospital admission
      '66348005', // Childbirth
      '11466000', // Cesarean section
      '236974004', // Instrumental delivery
      '237001001', // Augmentation of labour
      '31208007', // Medical induction of labour
      '85548006', // Episiotomy
      '10383002', // Counseling for termination of pregnancy
      '714812005', // Induced termination of pregnancy
      '57797005', // Induced abortion
      '386394001', // Pregnancy termination care
      '236931002', // Methotrexate injection into tubal pregnancy
      '445912000', // Excision of fallopian tube and surgical removal of ectopic pregnancy
      '65200003', // Insertion of intrauterine contraceptive device
      '46706006', // Replacement of contraceptive intrauterine device
      '68254000', // Removal of intrauterine device
      '169553002', // Insertion of subcutaneous contraceptive
      '755621000000101', // Replacement of subcutaneous contraceptive
      '301807007', // Removal of subcutaneous contraceptive
      '287664005', // Bilateral tubal ligation
      '22523008', // Vasectomy
      '8619003', // Infertility
      '6738008', // Female infertility
      '2904007', // Male infertility
      '8098009', // Sexually transmitted infectious disease
      '76272004', // Syphilis
      '15628003', // Gonorrhea
      '240589008', // Chlamydia trachomatis infection
      '33839006', // Genital herpes simplex
      '310861008', // Chlamydia antigen test
      '165829005', // Gonorrhea infection test
      '269828009', // Syphilis infection test
    ],
    [LOINC]: [
      '2106-3', // Choriogonadotropin in urine
      '2118-8', // Choriogonadotropin in serum or plasma
      '82810-3', // Pregnancy status
      '11996-6', // Number of pregnancies
      '11778-8', // Delivery date, estimated
      '8665-2', // Last menstrual period start date
      '11640-0', // Number of births
      '21613-5', // Chlamydia trachomatis DNA
      '24111-7', // Neisseria gonorrhoeae DNA
      '20507-0', // Reagin antibody (RPR)
      '76690-7', // Sexual orientation
      '76691-5', // Gender identity
    ],
    [RXNORM]: [
      '235389', // Mestranol / norethynodrel [Enovid]
      '389221', // Etonogestrel 68 MG drug implant
      '748856', // Yaz 28 day pack
      '748879', // Levora 28 day pack
      '748962', // Camila 28 day pack
      '749762', // Seasonique 91 day pack
      '749785', // Ortho Tri-Cyclen 28 day pack
      '749882', // Norinyl 28 day pack
      '751905', // Trinessa 28 day pack
      '757594', // Jolivette 28 day pack
      '807283', // Mirena intrauterine system
      '831533', // Errin 28 day pack
      '978950', // Natazia 28 day pack
      '1000126', // medroxyprogesterone acetate 150 MG/ML injection
      '1000156', // medroxyprogesterone acetate prefilled syringe
      '1359133', // Estrostep Fe 28 day pack
      '1367439', // NuvaRing vaginal ring
      '1534809', // ethinyl estradiol / norelgestromin transdermal system
      '1605257', // Liletta intrauterine system
      '1856546', // Kyleena intrauterine system
    ],
    [CVX]: [
      '62', // HPV, quadrivalent
      '118', // HPV, bivalent
      '137', // HPV, unspecified
      '165', // HPV9
    ],
  },
  icd10: [
    'A50-A64',
    'F52',
    'F64-F66',
    'N46',
    'N52',
    'N70-N74',
    'N96-N97',
    'O00-O9A',
    'R37',
    'T83.3',
    'Z11.3',
    'Z20.2',
    'Z30-Z37',
    'Z39',
    'Z3A',
    'Z64.0',
    'Z70',
    'Z72.5',
    'Z79.3',
    'Z87.890',
    'Z97.5',
  ],
};
