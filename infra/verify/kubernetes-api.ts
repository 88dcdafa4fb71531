/**
 * What the ladder says to a Kubernetes API server: find a kind's place, apply an object on the server's side under strict
 * validation, create, read. A refusal is a value that names the fields; a server that does not answer throws.
 */
import { BackendError } from '../../services/runtime/backend-error.ts';

/** An object in the API's form, of any kind. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface Accepted {
  readonly accepted: true;
  readonly object: ApiObject;
  /** What the server said beside it: deprecated fields, a pod-security level that a pod template exceeds. */
  readonly warnings: readonly string[];
}

export interface Refused {
  readonly accepted: false;
  readonly status: number;
  /** The server's own sentence, which names the fields. */
  readonly message: string;
}

export type Answer = Accepted | Refused;

interface Place {
  readonly path: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

interface DiscoveryList {
  readonly items: ReadonlyArray<{
    readonly metadata?: { readonly name?: string };
    readonly versions: ReadonlyArray<{
      readonly version: string;
      readonly resources?: ReadonlyArray<{
        readonly resource: string;
        readonly scope: string;
        readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
      }>;
    }>;
  }>;
}

const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const CALL_LIMIT_MS = 30_000;
export const FIELD_MANAGER = 'parley-verify';

export interface ApiAddress {
  readonly url: string;
  readonly token: string;
  /** The server's certificate; read when it is there. */
  readonly authority: () => string;
}

export class KubernetesApi {
  private readonly address: ApiAddress;
  private places = new Map<string, Place>();

  constructor(address: ApiAddress) {
    this.address = address;
  }

  async isReady(): Promise<boolean> {
    try {
      return (await this.call('GET', '/readyz')).status === 200;
    } catch {
      return false;
    }
  }

  /** Learns all kinds that are served now; again after new ones were brought. */
  async discover(): Promise<void> {
    this.places = new Map();
    for (const root of ['/api', '/apis']) {
      const { body } = await this.call('GET', root, undefined, { accept: DISCOVERY });
      for (const { metadata, versions } of (body as unknown as DiscoveryList).items) {
        const group = metadata?.name;
        for (const { version, resources } of versions) {
          const apiVersion = group === undefined ? version : `${group}/${version}`;
          for (const { resource, scope, responseKind } of resources ?? []) {
            this.places.set(`${apiVersion} ${responseKind.kind}`, {
              path: `${root}/${apiVersion}`,
              plural: resource,
              namespaced: scope === 'Namespaced',
            });
          }
        }
      }
    }
  }

  serves(apiVersion: string, kind: string): boolean {
    return this.places.has(`${apiVersion} ${kind}`);
  }

  isNamespaced(object: ApiObject): boolean {
    return this.placeOf(object).namespaced;
  }

  /** As the kubernetes provider does it. `dryRun` goes through everything but the store. */
  async apply(object: ApiObject, mode: 'dryRun' | 'store'): Promise<Answer> {
    const query = `fieldManager=${FIELD_MANAGER}&force=true&fieldValidation=Strict${mode === 'dryRun' ? '&dryRun=All' : ''}`;
    const path = `${this.pathOf(object)}/${encodeURIComponent(object.metadata.name)}?${query}`;
    return answer(await this.call('PATCH', path, object, { 'content-type': 'application/apply-patch+yaml' }));
  }

  async create(object: ApiObject, mode: 'dryRun' | 'store'): Promise<Answer> {
    const query = `fieldManager=${FIELD_MANAGER}&fieldValidation=Strict${mode === 'dryRun' ? '&dryRun=All' : ''}`;
    return answer(await this.call('POST', `${this.pathOf(object)}?${query}`, object));
  }

  async read(object: ApiObject): Promise<Answer> {
    return answer(await this.call('GET', `${this.pathOf(object)}/${encodeURIComponent(object.metadata.name)}`));
  }

  /** Anything else; the path is the API's. */
  async call(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
    const { url, token, authority } = this.address;
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(CALL_LIMIT_MS),
        tls: { ca: authority() },
      });
      const text = await response.text();
      return { status: response.status, body: parsed(text), warnings: warningsOf(response.headers.get('warning')) };
    } catch (error) {
      throw new BackendError('unanswered', `the API server does not answer ${method} ${path}: ${(error as Error).message}`, true, error);
    }
  }

  private pathOf(object: ApiObject): string {
    const { path, plural, namespaced } = this.placeOf(object);
    return namespaced ? `${path}/namespaces/${object.metadata.namespace ?? 'default'}/${plural}` : `${path}/${plural}`;
  }

  private placeOf({ apiVersion, kind }: ApiObject): Place {
    const place = this.places.get(`${apiVersion} ${kind}`);
    if (place === undefined) throw new Error(`${apiVersion} ${kind} is not served: ask serves() first`);
    return place;
  }
}

export interface RawAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

function answer({ status, body, warnings }: RawAnswer): Answer {
  if (status < 300) return { accepted: true, object: body as unknown as ApiObject, warnings };
  return { accepted: false, status, message: typeof body.message === 'string' ? body.message : JSON.stringify(body) };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}

/** Warning: 299 - "text", 299 - "text" */
export function warningsOf(header: string | null): string[] {
  return [...(header ?? '').matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((found) => found[1]!.replaceAll(/\\(.)/g, '$1'));
}
