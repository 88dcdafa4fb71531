/**
 * Where a quantity of a chat system usually lies, per second and in bytes. Only weighs one suspect against another; a value outside is
 * never a finding by itself, since the sheet that is checked may well be unusual.
 */
const DAY = 86_400;

const RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  'user:registered': [1e3, 8.3e9],
  'user:monthly': [1e3, 8.3e9],
  'user:daily': [1e3, 8.3e9],
  user: [1e3, 8.3e9],
  'user:concurrent': [1e2, 8.3e9],
  connection: [1e2, 2e10],
  'message/t': [1e3 / DAY, 2e12 / DAY],
  'message@user/t': [2 / DAY, 300 / DAY],
  'factor:peak': [1.2, 20],
  'factor:replication': [2, 6],
  'device@user': [1, 6],
  'share:online': [0.02, 0.9],
  'share:offline': [0.05, 0.95],
  'share:daily': [0.05, 0.95],
  'bytes:body@message': [30, 20_000],
  'bytes:memory@connection': [500, 200_000],
  'bytes:memory@gateway': [1e8, 4e12],
  'bytes:key@key': [20, 5_000],
  'time:heartbeat': [5, 600],
  'time:retention': [DAY, 20 * 365 * DAY],
  'connection@gateway': [5_000, 3_000_000],
  'delivery@message': [1, 1_000],
  'receipt@message': [0.2, 1_000],
  'message@partition/t^peak': [10, 50_000],
  'bytes:stored@node': [2e11, 1e14],
};

export function typicalRange(key: string): readonly [number, number] | undefined {
  return RANGES[key];
}
