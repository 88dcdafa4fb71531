/** Reads an environment's JSON. What is wrong names the field; a field that nobody knows is refused, with the one it may have meant. */
import { nearestName } from '../bin/nearest-name.ts';
import {
  amount,
  isInvalid,
  list,
  map,
  mismatch,
  object,
  oneOf,
  type Reader,
  readShape,
  text,
  truth,
  whole,
} from '../capacity/json-shape.ts';
import {
  ENVIRONMENT_SCHEMA,
  type Environment,
  type RegionPlace,
  SECRET_NAMES,
  type SecretReference,
  type StateBackend,
} from './environment.ts';
import { IMAGES } from './image.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { CHARTS, FOREIGN_IMAGES } from './versions.ts';

export function readEnvironment(document: unknown, file: string): Environment | Refusal {
  const read = readShape<Environment>(ENVIRONMENT, document, '');
  if (isInvalid(read)) return refusalOf(read.invalid, file);
  return unknownField(document, read, '', file) ?? sense(read, file) ?? read;
}

/** Name of an object of Kubernetes, or a part of one (RFC 1123). */
const name: Reader<string> = (value, path) =>
  typeof value === 'string' && /^[a-z0-9]([-a-z0-9.]{0,250}[a-z0-9])?$/.test(value)
    ? value
    : mismatch(path, 'a name of small letters, digits, - and .', value);

const filled: Reader<string> = (value, path) =>
  typeof value === 'string' && value !== '' ? value : mismatch(path, 'a text that is not empty', value);

const positive: Reader<number> = (value, path) =>
  Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : mismatch(path, 'a whole number above 0', value);

const textOrTruth: Reader<string | boolean> = (value, path) =>
  typeof value === 'string' || typeof value === 'boolean' ? value : mismatch(path, 'a text, true or false', value);

const digest: Reader<string> = (value, path) =>
  typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value) ? value : mismatch(path, 'sha256: and 64 hexadecimal digits', value);

const cells: Reader<Environment['cells']> = (value, path) => (value === 'all' ? value : list(whole)(value, path));

const secret = object<SecretReference>({ name, key: filled });

const ENVIRONMENT = object<Environment>({
  schema: oneOf([ENVIRONMENT_SCHEMA]),
  name,
  plan: map(text),
  cells,
  regions: list(object<RegionPlace>({ name, zones: list(name) })),
  machineShapes: filled,
  nodes: object<Environment['nodes']>({
    poolLabel: text,
    reservedCores: amount,
    reservedMemoryBytes: whole,
    spread: oneOf(['DoNotSchedule', 'ScheduleAnyway']),
  }),
  storageClasses: object<Environment['storageClasses']>({ local: name, attached: name }),
  contextPrefix: text,
  state: object<StateBackend>({ kind: filled, placeSetting: filled, placePrefix: text, placeSuffix: text, settings: map(textOrTruth) }),
  charts: object<Environment['charts']>({ digests: map(digest) }),
  images: object<Environment['images']>({ registry: filled, tag: filled, digests: map(digest), mustBePinned: truth }),
  secrets: object<Environment['secrets']>(Object.fromEntries(SECRET_NAMES.map((one) => [one, secret])) as never),
  topics: object<Environment['topics']>({
    generation: positive,
    before: list(
      object<Environment['topics']['before'][number]>({
        generation: positive,
        partitions: object<Environment['topics']['before'][number]['partitions']>({
          messages: positive,
          receipts: positive,
          deliveries: positive,
        }),
      }),
    ),
  }),
  routes: object<Environment['routes']>({ operator: oneOf(['ot-redis', 'valkey']) }),
  backups: object<Environment['backups']>({ bucket: text, host: text, region: text, storage: filled, schedule: filled, keep: positive }),
  push: object<Environment['push']>({ url: text }),
  certificates: object<Environment['certificates']>({
    issuerKind: oneOf(['ClusterIssuer', 'Issuer']),
    issuerName: name,
    gatewayHost: filled,
  }),
  loadBalancer: object<Environment['loadBalancer']>({ annotations: map(text), deregistrationSeconds: whole, className: text }),
  podSecurityVersion: filled,
});

/** The readers drop what they do not know; in a file that people write that is a typo. */
function unknownField(given: unknown, read: unknown, path: string, file: string): Refusal | undefined {
  if (typeof given !== 'object' || given === null || typeof read !== 'object' || read === null) return undefined;
  for (const [key, value] of Object.entries(given)) {
    const field = path === '' ? key : Array.isArray(given) ? `${path}[${key}]` : `${path}.${key}`;
    if (!Object.hasOwn(read, key)) {
      const nearest = nearestName(key, Object.keys(read));
      return { refused: `there is no such field${nearest === undefined ? '' : `; did you mean ${nearest}?`}`, field, file };
    }
    const below = unknownField(value, (read as Record<string, unknown>)[key], field, file);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** Names that a digest can be of. */
const DIGESTS = { charts: Object.keys(CHARTS), images: [...IMAGES, ...Object.keys(FOREIGN_IMAGES)] } as const;

/** What a shape can't say. */
function sense(environment: Environment, file: string): Refusal | undefined {
  const { regions, topics, state } = environment;
  for (const kind of ['charts', 'images'] as const) {
    const stray = Object.keys(environment[kind].digests).find((one) => !DIGESTS[kind].includes(one));
    if (stray === undefined) continue;
    const nearest = nearestName(stray, DIGESTS[kind]);
    const meant = nearest === undefined ? DIGESTS[kind].join(', ') : `did you mean ${nearest}?`;
    return { refused: `no stack has a digest of that name; ${meant}`, field: `${kind}.digests.${stray}`, file };
  }
  if (regions.length === 0) return { refused: 'a fleet is in one region at least', field: 'regions', file };
  for (const [index, { zones }] of regions.entries()) {
    if (zones.length === 0 || new Set(zones).size !== zones.length)
      return { refused: 'zones, each once, at least one', field: `regions[${index}].zones`, file };
  }
  const numbers = topics.before.map(({ generation }) => generation);
  const late = numbers.findIndex((one) => one >= topics.generation);
  if (late >= 0)
    return { refused: `generation ${numbers[late]} is not before ${topics.generation}`, field: `topics.before[${late}].generation`, file };
  if (/^(\/|[A-Za-z]:[\\/])/.test(state.placePrefix))
    return { refused: 'an absolute path would differ from machine to machine', field: 'state.placePrefix', file };
  return undefined;
}
