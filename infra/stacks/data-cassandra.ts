/**
 * The store of a cell: one Cassandra of K8ssandra, a datacenter over the cell's zones with a rack in each, so that the replicas of
 * a row are each in another zone. Tables and their compaction are the services' own (`services/store/cassandra-schema.ts`), made by
 * the migrations' job; here are nodes, heap, certificates and backups.
 */
import { CASSANDRA_RELABELS } from '../../services/local/store-metrics.ts';
import type { Environment } from '../environment.ts';
import { type Manifest, manifest } from '../manifest.ts';
import { CASSANDRA, labels, NAMESPACES, placement } from '../names.ts';
import { cpu, disk, memory } from '../quantity.ts';
import type { CellSizes } from '../sizes.ts';
import { CASSANDRA_VERSION } from '../versions.ts';
import { CERTIFICATES } from './data-certificates.ts';

const NAMESPACE = NAMESPACES.data.name;
const GIBI = 1_024 ** 3;
/** Above it pointers are no longer compressed. */
const HEAP_MOST_BYTES = 31 * GIBI;
/** For the agents beside Cassandra in its pod: the management agent's own and Medusa's. */
const BESIDE_CORES = 0.5;
const BESIDE_BYTES = GIBI;

export function cassandraObjects(cell: CellSizes, environment: Environment): readonly Manifest[] {
  return [cluster(cell, environment), ...(environment.backups.bucket === '' ? [] : [backupSchedule(cell, environment)])];
}

function cluster(cell: CellSizes, environment: Environment): Manifest {
  const pool = cell.pools.cassandra;
  const cores = Math.max(0.5, pool.podCores - BESIDE_CORES);
  const memoryBytes = pool.podMemoryBytes - Math.min(BESIDE_BYTES, pool.podMemoryBytes / 4);
  const { tolerations } = placement('cassandra', environment);
  const { secrets } = environment;
  return manifest({
    apiVersion: 'k8ssandra.io/v1alpha1',
    kind: 'K8ssandraCluster',
    metadata: { name: CASSANDRA.cluster, namespace: NAMESPACE, labels: labels('cassandra', cell) },
    spec: {
      auth: true,
      cassandra: {
        serverType: 'cassandra',
        serverVersion: CASSANDRA_VERSION,
        superuserSecretRef: { name: secrets.cassandraSuperuser.name },
        clientEncryptionStores: encryptionStores(environment),
        serverEncryptionStores: encryptionStores(environment),
        softPodAntiAffinity: environment.nodes.spread === 'ScheduleAnyway',
        ...(tolerations === undefined ? {} : { tolerations }),
        telemetry: { prometheus: { enabled: true }, mcac: { enabled: false }, cassandra: { relabels: CASSANDRA_RELABELS } },
        resources: {
          requests: { cpu: cpu(cores), memory: memory(memoryBytes) },
          limits: { memory: memory(memoryBytes) },
        },
        storageConfig: {
          cassandraDataVolumeClaimSpec: {
            storageClassName: pool.storageClass,
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: disk(cell.cassandra.nodeDiskBytes) } },
          },
        },
        config: {
          cassandraYaml: cassandraYaml(cores),
          jvmOptions: {
            gc: 'G1GC',
            heap_initial_size: heap(memoryBytes),
            heap_max_size: heap(memoryBytes),
            vm_always_pre_touch: true,
            vm_exit_on_out_of_memory_error: true,
          },
        },
        datacenters: [
          {
            metadata: { name: CASSANDRA.datacenter },
            size: cell.cassandra.nodes,
            racks: cell.cell.zones.map((zone) => ({
              name: zone,
              nodeAffinityLabels: {
                'topology.kubernetes.io/zone': zone,
                ...(environment.nodes.poolLabel === '' ? {} : { [environment.nodes.poolLabel]: 'cassandra' }),
              },
            })),
          },
        ],
      },
      reaper: {
        deploymentMode: 'PER_DC',
        autoScheduling: { enabled: true },
        resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '1Gi' } },
      },
      ...(environment.backups.bucket === '' ? {} : { medusa: medusa(cell, environment) }),
    },
  });
}

function encryptionStores({ secrets }: Environment) {
  const { name, key } = secrets.cassandraKeystore;
  return {
    keystoreSecretRef: { name: CERTIFICATES.cassandra.secret, key: 'keystore.jks' },
    keystorePasswordSecretRef: { name, key },
    truststoreSecretRef: { name: CERTIFICATES.cassandra.secret, key: 'truststore.jks' },
    truststorePasswordSecretRef: { name, key },
  };
}

function cassandraYaml(cores: number) {
  return {
    // Three replicas in three racks stay even with few tokens a node.
    num_tokens: 16,
    authenticator: 'PasswordAuthenticator',
    authorizer: 'CassandraAuthorizer',
    role_manager: 'CassandraRoleManager',
    // The tables ask for unified compaction, which is of the formats of 5.0.
    storage_compatibility_mode: 'NONE',
    memtable_allocation_type: 'offheap_objects',
    concurrent_compactors: Math.max(1, Math.floor(cores / 4)),
    // Of each compactor; the disk would take more.
    compaction_throughput: `${Math.max(16, Math.floor(cores / 4) * 64)}MiB/s`,
    concurrent_writes: Math.max(32, Math.floor(cores) * 8),
    client_encryption_options: { enabled: true, optional: false, require_client_auth: false },
    server_encryption_options: { internode_encryption: 'all', require_client_auth: true },
  };
}

/** Half of the memory, the rest is for the page cache and what is off the heap. */
function heap(memoryBytes: number): string {
  return memory(Math.min(HEAP_MOST_BYTES, memoryBytes / 2));
}

function medusa({ cell }: CellSizes, { backups, secrets }: Environment) {
  return {
    storageProperties: {
      storageProvider: backups.storage,
      bucketName: backups.bucket,
      prefix: cell.name,
      ...(backups.region === '' ? {} : { region: backups.region }),
      ...(backups.host === '' ? {} : { host: backups.host }),
      storageSecretRef: { name: secrets.cassandraBackupStorage.name },
      maxBackupCount: backups.keep,
      secure: true,
    },
    certificatesSecretRef: { name: secrets.cassandraBackupClient.name },
    containerResources: { requests: { cpu: '200m', memory: '512Mi' }, limits: { memory: '1Gi' } },
  };
}

function backupSchedule(cell: CellSizes, { backups }: Environment): Manifest {
  return manifest({
    apiVersion: 'medusa.k8ssandra.io/v1alpha1',
    kind: 'MedusaBackupSchedule',
    metadata: { name: `${CASSANDRA.cluster}-backup`, namespace: NAMESPACE, labels: labels('cassandra', cell) },
    spec: {
      cronSchedule: backups.schedule,
      concurrencyPolicy: 'Forbid',
      disabled: false,
      operationType: 'backup',
      backupSpec: { cassandraDatacenter: CASSANDRA.datacenter, backupType: 'differential' },
    },
  });
}
