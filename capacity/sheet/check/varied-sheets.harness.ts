/**
 * Sheets as people write them, each clean, and each with one slip: what to replace in it, and the row that the finding must name. They were
 * written before the check had seen them: at first sight 29 of the first 30 were clean, and 23 of their 30 slips were found.
 */
export interface VariedSheet {
  readonly file: string;
  readonly text: string;
  readonly slip: readonly [from: string, to: string, row: string];
  /** The check is known to miss the slip, and why. */
  readonly missed?: string;
}

export const VARIED_SHEETS: Readonly<Record<string, VariedSheet>> = {
  'costs by component with a total': {
    file: 'costs.md',
    text: `
| Component | Instances | USD per instance per month | USD per month |
|---|---|---|---|
| Edge | 120 | 310 | 37,200 |
| Kafka | 45 | 540 | 24,300 |
| Cassandra | 180 | 620 | 111,600 |
| Redis | 24 | 275 | 6,600 |
| Total | | | 179,700 |`,
    slip: ['111,600', '11,160', 'Cassandra'],
  },
  'a total that says it leaves rows out': {
    file: 'cloud.md',
    text: `
| Monthly spend | USD |
|---|---|
| Compute | $412,000 |
| Storage | $230,500 |
| Network | $118,200 |
| Total | $905,000 |`,
    slip: ['$905,000', '$605,000', 'Total'],
  },
  'subtotals and a grand total': {
    file: 'bytes.csv',
    text: `Item,TB
Messages,412
Indexes,88
Subtotal hot,500
Backups,640
Archive,860
Subtotal cold,1500
Grand total,2000`,
    slip: ['Grand total,2000', 'Grand total,20000', 'Grand total'],
  },
  'years across, sums below': {
    file: 'years.md',
    text: `
| Storage (TB) | 2025 | 2026 | 2027 |
|---|---|---|---|
| Text | 120 | 180 | 260 |
| Media | 940 | 1410 | 2050 |
| Index | 60 | 90 | 130 |
| Total | 1120 | 1680 | 2440 |`,
    slip: ['| 1680 |', '| 1860 |', 'Total'],
  },
  'mean and peak as columns': {
    file: 'load.md',
    text: `
| Traffic | Per day | Mean per second | Peak per second |
|---|---|---|---|
| Messages | 12.1 B | 140 K | 560 K |
| Presence reads | 3.46 B | 40 K | 160 K |
| Push notifications | 1.73 B | 20 K | 80 K |`,
    slip: ['| 12.1 B | 140 K', '| 12.1 B | 14 K', 'Messages'],
  },
  'per gateway and fleet as columns': {
    file: 'boxes.md',
    text: `
| Metric | Per gateway | Fleet |
|---|---|---|
| Connections | 400 K | 320 M |
| Messages/s at peak | 2,500 | 2 M |

Gateways: 800`,
    slip: ['320 M', '3.2 B', 'Connections'],
  },
  'bullets, an email': {
    file: 'mail.txt',
    text: `
Hi all, numbers for the review:
- DAU: 60 million
- Messages per user per day: 40
- Messages per day: 2.4 billion
- Average message rate: ~28K/s
- Peak rate: ~110K messages/s (4x average)
- Concurrent connections: 18 million (30% of DAU)
- Connections per gateway node: 150K
- Gateway nodes: 120`,
    slip: ['- Gateway nodes: 120', '- Gateway nodes: 1,200', 'Gateway nodes'],
  },
  'per user and per device': {
    file: 'devices.md',
    text: `
| Parameter | Value |
|---|---|
| Users online at peak | 90 M |
| Devices per user | 1.4 |
| Connections at peak | 126 M |
| Heartbeat interval | 45 s |
| Heartbeats/s | 2.8 M |
| Connections per server | 300 K |
| Servers | 420 |`,
    slip: ['126 M', '1.26 B', 'Connections at peak'],
  },
  'GiB and GB': {
    file: 'memory.md',
    text: `
| Item | Value |
|---|---|
| Connections per gateway | 250,000 |
| Memory per connection | 20 KiB |
| Connection memory per gateway | 4.77 GiB |
| RAM per gateway | 16 GiB |`,
    slip: ['4.77 GiB', '47.7 GiB', 'Connection memory per gateway'],
  },
  'low, expected, high': {
    file: 'range.md',
    text: `
| Assumption | Low | Expected | High | Unit |
|---|---|---|---|---|
| Daily active users | 80 | 100 | 140 | million |
| Messages per user per day | 30 | 50 | 70 | |
| Messages per day | 2.4 | 5 | 9.8 | billion |
| Average message size | 150 | 200 | 400 | bytes |
| Storage per day | 0.36 | 1 | 3.92 | TB/day |`,
    slip: ['| 2.4 | 5 | 9.8 | billion', '| 24 | 50 | 98 | billion', 'Messages per day'],
  },
  'German, a transposed table': {
    file: 'quer.csv',
    text: `Täglich aktive Nutzer;Nachrichten pro Nutzer und Tag;Nachrichten pro Tag;Nachrichten pro Sekunde (Mittel);Speicher pro Nachricht
12 Mio.;35;420 Mio.;4.861;300 Byte`,
    slip: ['420 Mio.', '42 Mio.', 'Nachrichten pro Tag'],
  },
  'German, costs': {
    file: 'kosten.csv',
    text: `Position;Anzahl;Einzelpreis (€/Monat);Gesamt (€/Monat)
Gateways;40;250,00;10.000,00
Broker;9;480,00;4.320,00
Datenbankknoten;30;610,00;18.300,00
Summe;;;32.620,00`,
    slip: ['4.320,00', '43.200,00', 'Broker'],
  },
  'French, prose lines': {
    file: 'note.txt',
    text: `
Utilisateurs actifs par jour : 8 millions
Messages par utilisateur et par jour : 45
Messages par jour : 360 millions
Messages par seconde (moyenne) : 4 170
Facteur de pointe : 5
Messages par seconde en pointe : 20 800
Connexions simultanées : 2,4 millions
Connexions par passerelle : 60 000
Passerelles : 40`,
    slip: ['en pointe : 20 800', 'en pointe : 208 000', 'Messages par seconde en pointe'],
  },
  'Spanish, with subtotal': {
    file: 'costes.md',
    text: `
| Concepto | Coste mensual (USD) |
|---|---|
| Pasarelas | 84.000 |
| Kafka | 31.500 |
| Subtotal mensajería | 115.500 |
| Cassandra | 142.250 |
| Redis | 12.750 |
| Subtotal datos | 155.000 |
| Total | 270.500 |`,
    slip: ['270.500', '207.500', 'Total'],
  },
  'Japanese, storage': {
    file: 'chosa.md',
    text: `
| 項目 | 値 |
|---|---|
| デイリーアクティブユーザー | 2000万 |
| 1ユーザーあたりの1日のメッセージ数 | 50 |
| 1日のメッセージ数 | 10億 |
| メッセージサイズ | 250 バイト |
| 1日のストレージ増加 | 250 GB |
| 保存期間 | 365日 |
| 合計ストレージ | 91 TB |`,
    slip: ['10億', '100億', '1日のメッセージ数'],
  },
  'Chinese, cost total': {
    file: 'feiyong.md',
    text: `
| 项目 | 费用（万元/月） |
|---|---|
| 网关 | 120 |
| 消息队列 | 45 |
| 存储 | 310 |
| 合计 | 475 |`,
    slip: ['| 475 |', '| 357 |', '合计'],
    missed: 'a unit of money in characters, 万元/月, is not read',
  },
  'Russian, lines of a chat': {
    file: 'chat.txt',
    text: `
Ежедневно активных пользователей — 5 млн
Сообщений на пользователя в день — 60
Сообщений в день — 300 млн
Сообщений в секунду в среднем — 3 470
Сообщений в секунду в пике — 14 000
Одновременных соединений — 1,5 млн
Соединений на шлюз — 75 тыс.
Шлюзов — 20`,
    slip: ['Шлюзов — 20', 'Шлюзов — 200', 'Шлюзов'],
  },
  'several tables, one file': {
    file: 'plan.md',
    text: `
## Traffic
| Metric | Value |
|---|---|
| Messages/day | 6 B |
| Peak factor | 5 |
| Peak messages/s | 347 K |

## Storage
| Metric | Value |
|---|---|
| Bytes per message | 400 |
| Raw storage per day | 2.4 TB |
| Replication factor | 3 |
| Replicated storage per day | 7.2 TB |

## Edge
| Metric | Value |
|---|---|
| Connections | 50 M |
| Connections per gateway | 250 K |
| Gateways | 200 |`,
    slip: ['2.4 TB', '24 TB', 'Raw storage per day'],
  },
  'a heading per gateway': {
    file: 'edge.md',
    text: `
## Fleet
| Metric | Value |
|---|---|
| Connections | 30 M |
| Gateways | 150 |

## Per gateway
| Metric | Value |
|---|---|
| Connections | 200 K |
| Memory | 8 GB |
| Cores | 16 |`,
    slip: ['| Gateways | 150 |', '| Gateways | 1500 |', 'Gateways'],
  },
  'a headroom row and a rounding up': {
    file: 'size.md',
    text: `
| Metric | Value | Notes |
|---|---|---|
| Peak connections | 75 M | |
| Connections per gateway | 400 K | |
| Gateways needed | 188 | |
| Gateways with 30 % headroom | 245 | |`,
    slip: ['| Gateways needed | 188 |', '| Gateways needed | 1,880 |', 'Gateways needed'],
  },
  'identifiers in the first column': {
    file: 'ids.csv',
    text: `ID,Parameter,Value,Unit
CAP-01,Daily active users,25000000,users
CAP-02,Messages per user per day,48,
CAP-03,Messages per day,1200000000,messages/day
CAP-04,Average messages per second,13889,messages/s
CAP-05,Peak messages per second,55556,messages/s
CAP-06,Peak factor,4,x`,
    slip: ['13889', '833333', 'Average messages per second'],
  },
  'sections in the first column': {
    file: 'sections.csv',
    text: `Area,Metric,Value,Comment
Traffic,Messages/day,900 M,
Traffic,Messages/s mean,10.4 K,
Traffic,Messages/s peak,52 K,5x mean
Kafka,Partitions,64,
Kafka,Peak messages/s per partition,812,
Storage,Bytes per message,300,
Storage,Storage per day,270 GB,
Storage,Retention,90 days,
Storage,Total storage,24.3 TB,`,
    slip: ['24.3 TB', '243 TB', 'Total storage'],
  },
  'bandwidth in bits': {
    file: 'net.md',
    text: `
| Metric | Value |
|---|---|
| Peak messages/s | 200 K |
| Message size | 500 bytes |
| Ingress at peak | 800 Mbit/s |
| Recipients per message | 3 |
| Egress at peak | 2.4 Gbit/s |`,
    slip: ['800 Mbit/s', '800 MB/s', 'Ingress at peak'],
  },
  'per-minute monitoring figures': {
    file: 'grafana.md',
    text: `
| Panel | Reading |
|---|---|
| Messages per minute | 8.4 M/min |
| Messages per second | 140 K/s |
| Messages per day | 12.1 B |
| Connections | 22 M |
| Heartbeats per second | 733 K/s |
| Heartbeat interval | 30 s |`,
    slip: ['733 K/s', '44 M/s', 'Heartbeats per second'],
  },
  'shares of a total': {
    file: 'shares.md',
    text: `
| Component | USD/month | Share |
|---|---|---|
| Gateways | 48,000 | 24 % |
| Kafka | 22,000 | 11 % |
| Cassandra | 110,000 | 55 % |
| Redis | 20,000 | 10 % |
| Total | 200,000 | 100 % |`,
    slip: ['110,000', '11,000', 'Cassandra'],
  },
  'questions and answers': {
    file: 'interview.txt',
    text: `
1. Daily active users: 10M
2. Messages per user per day: 20
3. Messages per day = 200M
4. Average QPS = 200M / 86400 = 2.3K
5. Peak QPS = 5 x 2.3K = 11.5K
6. Message size: 100 bytes
7. Storage per day = 20 GB
8. Storage for 5 years = 36.5 TB`,
    slip: ['Storage per day = 20 GB', 'Storage per day = 200 GB', 'Storage per day'],
  },
  'a storm': {
    file: 'storm.md',
    text: `
| Parameter | Value |
|---|---|
| Connections | 60 M |
| Share that reconnects in a storm | 50 % |
| Storm window | 300 s |
| Reconnects per second in a storm | 100 K |
| Gateways | 240 |
| Connections per gateway | 250 K |`,
    slip: ['100 K', '1 M', 'Reconnects per second in a storm'],
  },
  'presence in Redis': {
    file: 'redis.md',
    text: `
| Quantity | Value |
|---|---|
| Presence keys | 40 M |
| Bytes per presence key | 150 B |
| Presence memory | 6 GB |
| Memory per shard | 1 GB |
| Shards | 6 |`,
    slip: ['| Presence memory | 6 GB |', '| Presence memory | 60 GB |', 'Presence memory'],
  },
  'shares, sizes and their mean below': {
    file: 'types.md',
    text: `
| Message type | Share | Size | Bytes/day |
|---|---|---|---|
| Text | 80 % | 200 B | 3.2 TB |
| Reaction | 15 % | 80 B | 0.24 TB |
| Media link | 5 % | 600 B | 0.6 TB |
| Total | 100 % | 202 B | 4.04 TB |`,
    slip: ['4.04 TB', '40.4 TB', 'Total'],
  },
  'Portuguese, machines with a total': {
    file: 'maquinas.csv',
    text: `Componente;Máquinas;Núcleos por máquina;Núcleos
Gateway;90;16;1440
Kafka;24;32;768
Cassandra;120;16;1920
Total;234;;4128`,
    slip: ['Total;234;', 'Total;134;', 'Total'],
  },
  'a note beside the table': {
    file: 'notes.md',
    text: `
Draft, please do not forward. Updated 2025-11-03, version 2.

| Metric | Estimate | How |
|---|---|---|
| MAU | 120 M | marketing |
| DAU | 48 M | 40 % of MAU |
| Msgs/day | 1.44 B | 30 per DAU |
| Msgs/s avg | 16.7 K | |
| Msgs/s peak | 67 K | 4x |
| Storage/day | 432 GB | 300 B per msg |`,
    slip: ['| 1.44 B |', '| 14.4 B |', 'Msgs/day'],
  },
};
