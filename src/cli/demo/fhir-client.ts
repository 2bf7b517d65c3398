import { CairnError } from '../../primitives/errors.js';

/** What the demonstration needs of a FHIR server; an application would use any FHIR library. */
export class FhirClient {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** @returns the new resource's id and what its receipt is asked for by. */
  async create(resource: {
    readonly resourceType: string;
    readonly [element: string]: unknown;
  }): Promise<{ id: string; receipt: { transaction: string; call: number } }> {
    const response = await this.#send('POST', resource.resourceType, resource);
    const created = (await response.json()) as { id: string };
    return { id: created.id, receipt: receiptOf(response) };
  }

  /** @returns the location of each entry. */
  async transaction(bundle: object): Promise<string[]> {
    const response = await this.#send('POST', '', bundle);
    const { entry } = (await response.json()) as { entry: { response: { location?: string } }[] };
    return entry.map((one) => one.response.location ?? '');
  }

  /** Reads; tells the status and the entry that the reading left in the patient's access log. */
  async read(path: string): Promise<{ status: number; access: string | null }> {
    const response = await this.#fetch('GET', path);
    await response.arrayBuffer();
    return { status: response.status, access: response.headers.get('x-access') };
  }

  async waitFor(path: string): Promise<void> {
    await this.#poll(path, (status) => status === 200);
  }

  async waitForAbsence(path: string): Promise<void> {
    await this.#poll(path, (status) => status !== 200);
  }

  async #poll(path: string, isDone: (status: number) => boolean): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if (isDone((await this.read(path)).status)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new CairnError(
      'demo.failed',
      `The demonstration failed: ${path.split('/')[0] ?? ''} did not change in time.`,
    );
  }

  async #send(method: string, path: string, body: unknown): Promise<Response> {
    const response = await this.#fetch(method, path, body);
    if (response.ok) return response;
    throw new CairnError('demo.failed', `The demonstration failed: ${method} ${path} gave ${response.status}.`);
  }

  #fetch(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.#base}/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/fhir+json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }
}

/** `X-Receipt: /api/v1/receipts/‹transaction›/‹call›`. */
function receiptOf(response: Response): { transaction: string; call: number } {
  const [transaction = '', call = ''] = (response.headers.get('x-receipt') ?? '').split('/').slice(-2);
  return { transaction, call: Number(call) };
}
