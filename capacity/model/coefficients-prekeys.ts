/**
 * What a store of prekeys would cost: public keys that a device leaves so that others can write to it while it is away. It is
 * not built yet; the source document asks for X3DH bundles, and PQXDH's larger keys are a row beside them.
 */
import { between, exactly, type Quantity, type Source } from './quantity.ts';

const X3DH: Source = {
  kind: 'cited',
  where: 'signal.org/docs/specifications/x3dh, 2016: Curve25519 keys and XEdDSA signatures',
  date: '2026-11-25',
};
const chosen = (why: string): Source => ({ kind: 'chosen', why });

export const PREKEYS_COEFFICIENTS = {
  prekeysOneTimeKeys: {
    ...between(50, 100, 100),
    unit: '1',
    what: 'one-time keys that a device leaves',
    source: { kind: 'cited', where: 'signalapp/Signal-Desktop, ts/textsecure/AccountManager.ts: batches of 100', date: '2026-11-25' },
  },
  prekeysOneTimeBytes: { ...exactly(37), unit: 'B', what: 'a one-time key with its number: 33 and 4', source: X3DH },
  prekeysBundleBytes: {
    ...exactly(138),
    unit: 'B/device',
    what: 'identity key, signed prekey, its signature and numbers: 33 + 33 + 64 + 8',
    source: X3DH,
  },
  prekeysKemBytes: {
    ...exactly(1_637),
    unit: 'B',
    what: 'a one-time key of PQXDH with signature and number: 1,569 + 64 + 4 (ML-KEM-1024)',
    source: { kind: 'cited', where: 'signal.org/docs/specifications/pqxdh, 2023; FIPS 203: 1,568 bytes', date: '2026-11-25' },
  },
  prekeysRowBytes: {
    ...between(25, 35, 50),
    unit: 'B stored',
    what: 'a row on one disk beside its key',
    source: chosen('as a row of receipts, which has two numbers'),
  },
  prekeysNewPeersPerDay: {
    ...between(0.1, 0.5, 2),
    unit: '1',
    what: 'users that a user writes to for the first time on a day, or after they changed their device',
    source: chosen('no figure is public'),
  },
  prekeysUsPerFetch: {
    ...between(300, 700, 2_000),
    unit: 'us/read',
    what: 'processor time of the servers to give a one-time key exactly once: a read and a conditional write at RF 3',
    source: chosen('a conditional write takes four rounds among the replicas; a plain one costs 28 to 180 us'),
  },
  prekeysNodeCores: {
    ...exactly(8),
    unit: 'cores',
    what: 'processors of the largest node that is bought',
    source: chosen('a common shape'),
  },
  prekeysNodeMemoryBytes: {
    ...exactly(15e9),
    unit: 'B',
    what: 'memory of a node',
    source: chosen('a heap of 8 GB, as much for the machine and its cache; a machine sold with 16 has 15'),
  },
  prekeysNodeDataBytes: {
    ...exactly(1e12),
    unit: 'B stored/node',
    what: 'keys that one node may hold',
    source: chosen('half of what messages may fill: keys are read at random'),
  },
  prekeysDiskFree: {
    ...between(0.2, 0.35, 0.5),
    unit: '1',
    what: 'share of a node’s disk that is kept free for compaction',
    source: chosen('as in the store of messages'),
  },
} as const satisfies Readonly<Record<string, Quantity>>;
