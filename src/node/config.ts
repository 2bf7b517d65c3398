import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { CairnError } from '../primitives/errors.js';

/** How a node is run. Every setting can come from a file, a flag or the environment. */
const settingsSchema = z.strictObject({
  /** Where everything is kept. */
  data: z.string().min(1),
  /** Address to listen on; loopback unless told otherwise. */
  host: z.string().min(1),
  port: z.number().int().min(0).max(65_535),
  /** PEM files; both or neither. */
  tlsCert: z.string().min(1).optional(),
  tlsKey: z.string().min(1).optional(),
  /** Allows an address other than loopback without TLS, for a node behind a proxy that has it. */
  insecure: z.boolean(),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
});

export type NodeConfig = z.infer<typeof settingsSchema>;
export type Settings = { readonly [Name in keyof NodeConfig]?: NodeConfig[Name] | undefined };

export const DEFAULTS: NodeConfig = {
  data: '.cairn',
  host: '127.0.0.1',
  port: 8080,
  insecure: false,
  logLevel: 'info',
};

/** Environment variable of each setting. */
const ENVIRONMENT: { readonly [Name in keyof NodeConfig]-?: string } = {
  data: 'CAIRN_DATA',
  host: 'CAIRN_HOST',
  port: 'CAIRN_PORT',
  tlsCert: 'CAIRN_TLS_CERT',
  tlsKey: 'CAIRN_TLS_KEY',
  insecure: 'CAIRN_INSECURE',
  logLevel: 'CAIRN_LOG_LEVEL',
};

export interface ConfigSources {
  /** `--config`; otherwise `cairn.json` in the data folder, if there is one. */
  readonly file?: string | undefined;
  readonly flags: Settings;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Puts the configuration together: defaults, then the file, then flags, then the environment, each stronger than the one
 * before, so that whoever runs a container has the last word.
 * @throws CairnError `config.invalid`, naming the setting and where it came from.
 */
export function loadConfig({ file, flags, environment }: ConfigSources): NodeConfig {
  const fromEnvironment = readEnvironment(environment);
  const data = fromEnvironment.data ?? flags.data ?? DEFAULTS.data;
  const path = file ?? join(data, 'cairn.json');
  const fromFile = file !== undefined || existsSync(path) ? readFile(path) : {};
  const parsed = settingsSchema.safeParse({
    ...DEFAULTS,
    ...defined(fromFile),
    ...defined(flags),
    ...defined(fromEnvironment),
  });
  if (!parsed.success) throw invalid(parsed.error.issues[0]?.path.join('.') ?? 'the settings', path);
  const config = { ...parsed.data, data: resolve(parsed.data.data) };
  checkListening(config);
  return config;
}

function checkListening({ host, tlsCert, tlsKey, insecure }: NodeConfig): void {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new CairnError('config.invalid', 'TLS needs both a certificate (tlsCert) and its key (tlsKey).');
  }
  const isLoopback = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
  if (isLoopback || tlsCert !== undefined || insecure) return;
  throw new CairnError(
    'config.insecure',
    `Listening on ${host} without TLS would send health data in the clear. Give tlsCert and tlsKey, or --insecure if a proxy in front has TLS.`,
  );
}

function readFile(path: string): Settings {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CairnError('config.invalid', `The configuration file ${path} cannot be read.`, { cause });
  }
  const parsed = settingsSchema.partial().safeParse(parseJson(text, path));
  if (!parsed.success) throw invalid(parsed.error.issues[0]?.path.join('.') || 'its top level', path);
  return parsed.data;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CairnError('config.invalid', `The configuration file ${path} is not JSON.`, { cause });
  }
}

function readEnvironment(environment: ConfigSources['environment']): Settings {
  const settings: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(ENVIRONMENT)) {
    const value = environment[variable];
    if (value === undefined || value === '') continue;
    settings[name] = name === 'port' ? Number(value) : name === 'insecure' ? value === '1' || value === 'true' : value;
  }
  return settings;
}

function defined(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function invalid(setting: string, path: string): CairnError {
  return new CairnError(
    'config.invalid',
    `The setting ${setting} is not valid (file ${path}, flags or CAIRN_… variables).`,
  );
}
