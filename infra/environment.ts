/**
 * An environment: what a fleet is to a platform team besides its sizes. Data in `environments/NAME.json`; no code asks for an
 * environment's name. Sizes are the plan's: an environment says which workload its own plan is made for, when no plan is given.
 */
export const ENVIRONMENT_SCHEMA = 1;

/** Secrets that a cell's stacks name. Nobody writes one into a stack: each must be in its namespace before the stack is applied. */
export const SECRET_NAMES = [
  'kafkaDispatch',
  'kafkaRelay',
  'cassandraSuperuser',
  'cassandraService',
  'cassandraKeystore',
  'cassandraBackupStorage',
  'cassandraBackupClient',
  'redis',
  'dataAuthority',
  'dataAuthorityCertificate',
  'regionKeys',
  'userKeys',
  'boxLink',
  'loadgenLink',
  'pushAuthorization',
  'registry',
] as const;
export type SecretName = (typeof SECRET_NAMES)[number];

export interface SecretReference {
  /** Name of the Secret object. */
  readonly name: string;
  /** Key in it. */
  readonly key: string;
}

export interface StateBackend {
  /** Terraform's name of it: s3, gcs, azurerm, kubernetes, pg, local, … */
  readonly kind: string;
  /** Which of its settings takes the stack's own place: `key` of s3 and azurerm, `prefix` of gcs, `path` of local, `secret_suffix` … */
  readonly placeSetting: string;
  /** Before and behind the stack's id in that setting: `parley/production/` … `.tfstate`. */
  readonly placePrefix: string;
  readonly placeSuffix: string;
  readonly settings: Readonly<Record<string, string | boolean>>;
}

export interface RegionPlace {
  readonly name: string;
  /** Values of topology.kubernetes.io/zone, in order. */
  readonly zones: readonly string[];
}

export interface Environment {
  readonly schema: typeof ENVIRONMENT_SCHEMA;
  readonly name: string;
  /** `--set` of `parley plan`, for the plan that is made when none is given. */
  readonly plan: Readonly<Record<string, string>>;
  /** Which cells of the plan are this fleet: all, or those numbers. */
  readonly cells: 'all' | readonly number[];
  readonly regions: readonly RegionPlace[];
  /** A list of shapes of machines as capacity/prices has them; a path from the project's root. */
  readonly machineShapes: string;
  readonly nodes: {
    /** Label and taint of a pool's nodes, such as `parley/pool`; empty: every pod may run on every node. */
    readonly poolLabel: string;
    /** Kept on each node for kubelet, runtime and agents, beside what the plan's machine is for. */
    readonly reservedCores: number;
    readonly reservedMemoryBytes: number;
    /** Spread over zones and nodes: refused otherwise, or only wished for. */
    readonly spread: 'DoNotSchedule' | 'ScheduleAnyway';
  };
  readonly storageClasses: {
    /** Disks of the machine itself. */
    readonly local: string;
    /** Disks attached to it. */
    readonly attached: string;
  };
  /** Before the cell's name, in a kubeconfig: one context is one cluster is one cell. */
  readonly contextPrefix: string;
  readonly state: StateBackend;
  /** Digests of charts' archives, `sha256:…`, by their name in versions.ts, as far as they are known. */
  readonly charts: { readonly digests: Readonly<Record<string, string>> };
  readonly images: {
    /** `registry.example.org/parley` */
    readonly registry: string;
    readonly tag: string;
    /** Digest by image, `sha256:…`, of the project's own as they were pushed, and of others by their names in versions.ts. */
    readonly digests: Readonly<Record<string, string>>;
    /** Nothing is synthesized while the digest of an image is missing. */
    readonly mustBePinned: boolean;
  };
  readonly secrets: Readonly<Record<SecretName, SecretReference>>;
  readonly topics: {
    /** In the names of topics: partition counts are never changed in place, other counts are another generation. */
    readonly generation: number;
    /** Generations that are being handed over from, with the counts they were made with; stacks keep their topics. Refused until services can. */
    readonly before: ReadonlyArray<{
      readonly generation: number;
      readonly partitions: { readonly messages: number; readonly receipts: number; readonly deliveries: number };
    }>;
  };
  readonly routes: {
    /** Which operator makes the Redis cluster. */
    readonly operator: 'ot-redis' | 'valkey';
  };
  readonly backups: {
    /** Empty: none are made. */
    readonly bucket: string;
    /** host of s3_compatible; empty for the others. */
    readonly host: string;
    readonly region: string;
    /** Of Medusa: s3, s3_compatible, google_storage, azure_blobs. */
    readonly storage: string;
    /** Cron, UTC. */
    readonly schedule: string;
    readonly keep: number;
  };
  /** Where notices to phones go; empty: nobody is pushed. */
  readonly push: { readonly url: string };
  readonly certificates: {
    readonly issuerKind: 'ClusterIssuer' | 'Issuer';
    readonly issuerName: string;
    /** Host that clients connect to; `*` is the cell's name. */
    readonly gatewayHost: string;
  };
  readonly loadBalancer: {
    /** Of the Service, such as those that make it a layer-4 balancer which keeps addresses. */
    readonly annotations: Readonly<Record<string, string>>;
    /** How long it sends new connections to a target that is going. */
    readonly deregistrationSeconds: number;
    /** loadBalancerClass; empty: the cluster's own. */
    readonly className: string;
  };
  /** Version of the pod security standards that namespaces are held to, such as `v1.37`; the level is each stack's own. */
  readonly podSecurityVersion: string;
}
