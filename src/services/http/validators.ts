import { Ajv, type Options } from 'ajv';

const options: Options = { allErrors: false, validateFormats: false, strict: true, strictTypes: false };

/** For bodies: they mean what they say. */
export const strictAjv = new Ajv(options);

/** For paths and queries, which are text. */
export const coercingAjv = new Ajv({ ...options, coerceTypes: true });
