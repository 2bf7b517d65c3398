/** Invented people and places. Family names and towns are made up; telephone numbers are of the range kept for fiction. */
import type { Address, ContactPoint } from '@medplum/fhirtypes';
import type { Random } from './random.js';

// prettier-ignore
export const GIVEN_NAMES = {
  female: [
    'Adaeze', 'Alma', 'Amara', 'Anouk', 'Beatriz', 'Celia', 'Chiyo', 'Dalia', 'Elif', 'Esme', 'Farah', 'Freya', 'Gauri', 'Hana',
    'Imani', 'Ines', 'Jamila', 'Joan', 'Kalani', 'Leila', 'Lucia', 'Mairead', 'Mei', 'Nadia', 'Noor', 'Oksana', 'Paloma', 'Priya',
    'Rosa', 'Saoirse', 'Shira', 'Soledad', 'Tamsin', 'Thandi', 'Uma', 'Vera', 'Winnie', 'Xiomara', 'Yara', 'Zofia',
  ],
  male: [
    'Abel', 'Aditya', 'Amir', 'Anders', 'Bao', 'Basil', 'Caleb', 'Chidi', 'Dario', 'Diego', 'Emeka', 'Emil', 'Farid', 'Felix',
    'Goran', 'Hamza', 'Hugo', 'Ivan', 'Jarek', 'Joaquin', 'Kenji', 'Kofi', 'Lars', 'Levi', 'Malik', 'Marek', 'Mateo', 'Nikhil',
    'Omar', 'Osei', 'Pavel', 'Quentin', 'Rafael', 'Rohan', 'Samir', 'Stellan', 'Tomas', 'Viktor', 'Wendell', 'Yusuf',
  ],
} as const;

// prettier-ignore
export const FAMILY_NAMES = [
  'Abernorth', 'Adeyanwa', 'Alderwick', 'Almarren', 'Anandhara', 'Arrowell', 'Balintov', 'Barquera', 'Bellfrith', 'Brannoch',
  'Castellane', 'Chenwright', 'Corvane', 'Dalgrove', 'Delacuesta', 'Drummagh', 'Eketunde', 'Elmsworth', 'Ferrandel', 'Fujimiya',
  'Galbrecht', 'Ghanemi', 'Halvorgard', 'Hartsmere', 'Ibarrola', 'Isakwe', 'Jankovar', 'Kalinde', 'Karimzai', 'Kestrelow',
  'Larkmont', 'Liangwei', 'Lindqvarn', 'Mabena', 'Marchetto', 'Mirzayan', 'Nakasone', 'Nettlefold', 'Nordahlen', 'Okonrae',
  'Olivareda', 'Orlovsk', 'Pelletrine', 'Quillfeather', 'Ramachand', 'Rosenvale', 'Saarivuo', 'Santillano', 'Tanavala', 'Thornbury',
  'Umezuri', 'Valderran', 'Venkataru', 'Wakefern', 'Whitcombe', 'Xiangrui', 'Yelverton', 'Yilmazer', 'Zamorano', 'Zelenkov',
] as const;

const STREETS = [
  'Alder',
  'Beacon',
  'Chapel',
  'Dock',
  'Elder',
  'Foundry',
  'Garden',
  'Harbour',
  'Juniper',
  'Kiln',
  'Linden',
  'Mill',
];
const STREET_KINDS = ['Street', 'Avenue', 'Lane', 'Road', 'Court', 'Way'];

/** Invented towns; no place has a postal code that begins with 987. */
const TOWNS = [
  { city: 'Alder Valley', postalCode: '98701' },
  { city: 'Larkfield', postalCode: '98704' },
  { city: 'Brannoc Falls', postalCode: '98712' },
  { city: 'Port Sennet', postalCode: '98720' },
  { city: 'Mossgate', postalCode: '98733' },
  { city: 'Three Cairns', postalCode: '98745' },
] as const;

export function inventAddress(random: Random): Address & { city: string } {
  return {
    use: 'home',
    line: [`${random.integer(1, 980)} ${random.pick(STREETS)} ${random.pick(STREET_KINDS)}`],
    ...place(random.pick(TOWNS)),
  };
}

/** The address of an organisation in the town of that name. */
export function addressIn(city: (typeof TOWNS)[number]['city'], line: string): Address & { city: string } {
  const town = TOWNS.find((candidate) => candidate.city === city) ?? TOWNS[0];
  return { use: 'work', line: [line], ...place(town) };
}

function place(town: (typeof TOWNS)[number]): { city: string; state: string; postalCode: string; country: string } {
  return { city: town.city, state: 'WA', postalCode: town.postalCode, country: 'US' };
}

/** @param line - 0 to 99; 555-0100 to 555-0199 are never assigned (North American Numbering Plan). */
export function phone(line: number, use: 'home' | 'work' | 'mobile'): ContactPoint {
  return { system: 'phone', value: `+1-206-555-${String(100 + line).padStart(4, '0')}`, use };
}
