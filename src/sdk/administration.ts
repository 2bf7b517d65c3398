import type { ReplyOf } from '../wire/endpoint.js';
import { issueApiKey, listApiKeys, revokeApiKey, type ApiKeyRequest, type ApiKeyView } from '../wire/api-keys.js';
import { rebuildIndex, type RebuildProgress } from '../wire/index-rebuild.js';
import type { ImportFile, ImportStep } from '../wire/imports.js';
import { runImport } from './imports.js';
import type { RequestOptions, Transport } from './transport.js';

export interface Administration {
  /** Imports FHIR files in the order given; can be repeated: what is there already is passed over. */
  import(
    files: Iterable<ImportFile> | AsyncIterable<ImportFile>,
    options?: RequestOptions,
  ): AsyncGenerator<ImportStep, void, void>;
  /** Empties the organisation's index and fills it again; tells how far it is. */
  rebuildIndex(options?: RequestOptions): AsyncGenerator<RebuildProgress, void, void>;
  apiKeys(options?: RequestOptions): Promise<ApiKeyView[]>;
  /** The token is shown this once. */
  issueApiKey(request: ApiKeyRequest, options?: RequestOptions): Promise<ReplyOf<typeof issueApiKey>>;
  revokeApiKey(key: string, options?: RequestOptions): Promise<ApiKeyView>;
}

export function administration(transport: Transport): Administration {
  return {
    import: (files, options = {}) => runImport(transport, files, options),
    rebuildIndex: (options = {}) => transport.lines(rebuildIndex, options),
    apiKeys: async (options = {}) => (await transport.call(listApiKeys, options)).keys,
    issueApiKey: (body, options = {}) => transport.call(issueApiKey, { body, ...options }),
    revokeApiKey: (key, options = {}) => transport.call(revokeApiKey, { params: { key }, ...options }),
  };
}
