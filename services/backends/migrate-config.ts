/** Options of `parley migrate`, as node:util's parseArgs takes them. */
export const MIGRATE_OPTIONS = {
  backends: { type: 'string' },
  'cassandra-superuser': { type: 'string' },
  'deadline-seconds': { type: 'string', default: '600' },
} as const;
