import type { Bundle, BundleLink, BundleEntry } from '@medplum/fhirtypes';

/** An entry whose resource is text already. */
export interface TextEntry {
  readonly fullUrl?: string;
  readonly resource?: string;
  readonly search?: BundleEntry['search'];
  readonly request?: BundleEntry['request'];
  readonly response?: Omit<NonNullable<BundleEntry['response']>, 'outcome'>;
  /** OperationOutcome of the response, as text. */
  readonly outcome?: string;
}

export interface TextBundle {
  readonly type: Bundle['type'];
  readonly total?: number | undefined;
  readonly links?: readonly BundleLink[];
  readonly entries: readonly TextEntry[];
}

/** A Bundle around the stored texts of its resources. */
export function bundleText({ type, total, links = [], entries }: TextBundle): string {
  const head = JSON.stringify({ resourceType: 'Bundle', type, total, link: links.length > 0 ? links : undefined });
  // R4 has no empty arrays.
  if (entries.length === 0) return head;
  return `${head.slice(0, -1)},"entry":[${entries.map(entryText).join(',')}]}`;
}

function entryText({ fullUrl, resource, search, request, response, outcome }: TextEntry): string {
  const members: string[] = [];
  const add = (name: string, text: string | undefined): void => {
    if (text !== undefined) members.push(`"${name}":${text}`);
  };
  add('fullUrl', json(fullUrl));
  add('resource', resource);
  add('search', json(search));
  add('request', json(request));
  const responded = json(response);
  add(
    'response',
    responded === undefined || outcome === undefined ? responded : `${responded.slice(0, -1)},"outcome":${outcome}}`,
  );
  return `{${members.join(',')}}`;
}

function json(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
