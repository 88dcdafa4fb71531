/**
 * Sheets without a contradiction, each of another habit: rough or exact, notes or none, units in cells, headers or labels, several
 * languages, bytes before and after replication, headroom, binary prefixes, columns of years, prose.
 */
export const CLEAN_SHEETS: Readonly<Record<string, string>> = {
  'rough, with notes': `
# Capacity
| Metric | Value | Notes |
|---|---|---|
| Daily active users | ~500 M | |
| Messages/day | ~20 B | ~40 per DAU |
| Mean sends/s | ~230 K | |
| Peak sends/s | ~700 K | 3× mean |
| Concurrent connections | ~150 M | 30 % of DAU online |
| Connections per gateway | ~250 K | |
| Gateways | ~600 | 150 M / 250 K |
| Storage growth | ~6 TB/day | 300 B/msg |
| Heartbeats/s | ~5 M | every 30 s |
`,
  'exact, units in a column': `
| Parameter | Value | Unit | Comment |
|---|---|---|---|
| Monthly active users | 1,200,000,000 | users | |
| Daily share of monthly users | 65 | % | |
| Daily active users | 780,000,000 | users | |
| Messages per user per day | 37 | messages | |
| Messages per day | 28,860,000,000 | messages/day | |
| Average messages per second | 334,028 | messages/s | |
| Peak factor | 4 | x | |
| Peak messages per second | 1,336,111 | messages/s | |
| Average message size | 312 | bytes | |
| Replication factor | 3 | | |
| Logical storage per day | 9.004 | TB/day | |
| Replicated storage per day | 27.013 | TB/day | |
| Retention | 400 | days | |
| Total replicated storage | 10.805 | PB | |
| Storage per node | 6 | TB | usable |
| Cassandra nodes | 1,801 | nodes | |
`,
  'German, numbers in words': `
| Kennzahl | Wert | Bemerkung |
|---|---|---|
| Täglich aktive Nutzer | 80 Mio. | |
| Nachrichten pro Nutzer und Tag | 45 | |
| Nachrichten pro Tag | 3,6 Mrd. | |
| Nachrichten pro Sekunde im Mittel | ca. 42.000 | |
| Spitzenfaktor | 5 | |
| Nachrichten pro Sekunde in der Spitze | ca. 210.000 | |
| Gleichzeitige Verbindungen | 24 Mio. | |
| Verbindungen je Gateway | 120.000 | |
| Anzahl Gateways | 200 | |
| Nachrichtengröße | 250 Byte | |
| Speicherzuwachs pro Tag | 900 GB | |
| Aufbewahrung | 365 Tage | |
| Speicher gesamt | 328,5 TB | |
| Arbeitsspeicher pro Verbindung | 12 KB | |
| Arbeitsspeicher pro Gateway | 1,44 GB | |
`,
  'Spanish, semicolons': `Métrica;Valor;Notas
Usuarios activos diarios;40 millones;
Mensajes por usuario y día;60;
Mensajes por día;2400 millones;
Mensajes por segundo (media);27.800;
Mensajes por segundo (pico);83.300;3 veces la media
Conexiones simultáneas;12 millones;30 % de los usuarios
Conexiones por pasarela;100.000;
Pasarelas;120;
Tamaño del mensaje;220 bytes;
Almacenamiento por día;528 GB;
Factor de replicación;3;
Almacenamiento replicado por día;1,58 TB;
`,
  'French, octets': `
| Grandeur | Valeur |
|---|---|
| Utilisateurs actifs par jour | 25 millions |
| Messages par utilisateur et par jour | 32 |
| Messages par jour | 800 millions |
| Messages par seconde en moyenne | 9 260 |
| Facteur de pointe | 6 |
| Messages par seconde en pointe | 55 600 |
| Connexions simultanées | 7,5 millions |
| Connexions par passerelle | 50 000 |
| Nombre de passerelles | 150 |
| Taille d’un message | 400 octets |
| Stockage par jour | 320 Go/jour |
| Intervalle de heartbeat | 45 s |
| Heartbeats par seconde | 167 000 |
`,
  'Chinese, wan and yi': `
| 指标 | 数值 | 备注 |
|---|---|---|
| 日活跃用户 | 3 亿 | |
| 每用户每日消息数 | 50 | |
| 日消息数 | 150 亿 | |
| 平均每秒消息数 | 17.4 万 | |
| 峰值每秒消息数 | 87 万 | 5 倍 |
| 同时在线连接数 | 9000 万 | 30 % |
| 每网关连接数 | 30 万 | |
| 网关数量 | 300 | |
| 消息大小 | 200 字节 | |
| 每日新增存储 | 3 TB | |
`,
  Japanese: `
| 項目 | 値 |
|---|---|
| デイリーアクティブユーザー | 5000万 |
| ユーザーあたりのメッセージ数/日 | 40 |
| メッセージ数/日 | 20億 |
| 平均メッセージ数/秒 | 2.3万 |
| ピークメッセージ数/秒 | 9.3万 |
| ピーク係数 | 4 |
| 同時接続数 | 1500万 |
| ゲートウェイあたりの接続数 | 10万 |
| ゲートウェイ数 | 150 |
`,
  Russian: `
| Показатель | Значение |
|---|---|
| Активных пользователей в день | 90 млн |
| Сообщений на пользователя в день | 30 |
| Сообщений в сутки | 2,7 млрд |
| Сообщений в секунду в среднем | 31 тыс. |
| Сообщений в секунду, пик | 125 тыс. |
| Коэффициент пика | 4 |
| Одновременных подключений | 27 млн |
| Подключений на шлюз | 150 тыс. |
| Количество шлюзов | 180 |
| Размер сообщения | 300 байт |
`,
  'headroom and machines': `
| Metric | Value | Notes |
|---|---|---|
| DAU | 10 M | |
| Online at peak (% of DAU) | 25 % | |
| Devices per user | 1.4 | |
| Concurrent connections | 3.5 M | |
| Connections per gateway | 100 K | |
| Gateways | 48 | 35 and 30 % headroom, in threes for zones |
| RAM per gateway | 64 GB | |
| Memory per connection | 20 KB | |
| Messages per user per day | 80 | |
| Messages per day | 800 M | |
| Peak messages per second | 46 K | 5x average |
| Messages/s per partition | 2 K | |
| Kafka partitions | 32 | |
| Message size | 1 KB | |
| Storage per day (replicated) | 2.4 TB | RF 3 |
| Cost per gateway per month | $350 | |
| Gateway cost per month | $16.8 K | |
`,
  'binary prefixes': `
| Metric | Value |
|---|---|
| Messages per day | 86,400,000,000 |
| Messages per second | 1,000,000 |
| Message size | 256 B |
| Storage per day | 20.1 TB |
| Retention | 90 days |
| Total storage | 1.77 PB |
| Concurrent connections | 400,000,000 |
| Memory per connection | 8 KB |
| Memory for connections | 2.98 TB |
`,
  'columns of years': `
| Metric | 2024 | 2025 | 2026 |
|---|---|---|---|
| DAU | 10 M | 20 M | 50 M |
| Messages per user per day | 30 | 35 | 40 |
| Messages per day | 300 M | 700 M | 2 B |
| Peak factor | 4 | 4 | 5 |
| Peak messages/s | 13.9 K | 32.4 K | 116 K |
| Connections | 3 M | 6 M | 15 M |
| Connections per gateway | 100 K | 100 K | 150 K |
| Gateways | 30 | 60 | 100 |
`,
  prose: `
# Assumptions
- Daily active users: 1.5 B
- Messages per user per day: 40
- Messages per day: 60 B (1.5 B × 40)
- Average messages per second: ~700 K
- Peak messages per second: ~3.5 M (5x average)
- Concurrent connections: 600 M (40% of DAU)
- Connections per server: 300 K
- Servers: 2,000
- Average message size: 150 bytes
- Storage per day: 9 TB
- Storage per year: 3.3 PB
`,
  'a day of 100,000 seconds': `
| Metric | Value |
|---|---|
| DAU | 500 M |
| Messages per user per day | 46 |
| Messages per day | 23 B |
| Average messages/s | 230 K |
| Peak messages/s | 690 K |
| Peak factor | 3 |
`,
};
