import { GENETICS } from './rules/genetics.js';
import { HIV } from './rules/hiv.js';
import { MENTAL_HEALTH } from './rules/mental-health.js';
import type { LabelRules } from './rules/model.js';
import { SEXUAL_AND_REPRODUCTIVE } from './rules/sexual-and-reproductive.js';
import { SUBSTANCE_USE } from './rules/substance-use.js';
import { VIOLENCE } from './rules/violence.js';

/** The rules in force. */
export const LABEL_RULES: LabelRules = {
  version: 1,
  compartments: {
    genetics: GENETICS,
    hiv: HIV,
    'substance-use': SUBSTANCE_USE,
    'mental-health': MENTAL_HEALTH,
    'sexual-and-reproductive': SEXUAL_AND_REPRODUCTIVE,
    violence: VIOLENCE,
  },
};
