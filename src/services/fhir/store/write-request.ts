import type { ValidResource } from './received-resource.js';

/** One write as FHIR asks for it, by HTTP or in a bundle. */
export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly type: string;
  /** Of PUT and DELETE, unless there are criteria. */
  readonly id?: string;
  /** Search parameters of a conditional create (If-None-Exist), update or delete. */
  readonly criteria?: string;
  /** Version that must be the present one. */
  readonly ifMatch?: string;
  /** If-None-Match: * — there must be no present version. */
  readonly onlyIfAbsent?: boolean;
  /** Nothing is written where some stored version says exactly this already, so that an import can be repeated. */
  readonly unlessStored?: boolean;
  /** Of POST and PUT. */
  readonly resource?: ValidResource;
  /** What other entries of the same bundle call it. */
  readonly fullUrl?: string;
}
