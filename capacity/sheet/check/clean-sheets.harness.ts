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
  'Portuguese, semicolons': `
Metric;Valor;Observação
Usuários ativos diários;120 milhões;
Mensagens por usuário por dia;45;
Mensagens por dia;5,4 bilhões;
Mensagens por segundo (média);62.500;
Pico de mensagens por segundo;250.000;4x a média
Conexões simultâneas;36 milhões;30% dos usuários
Conexões por gateway;200.000;
Número de gateways;180;
Tamanho médio da mensagem;180 bytes;
Armazenamento por dia;972 GB;
Retenção;180 dias;
Armazenamento total;175 TB;
`,
  Korean: `
| 항목 | 값 | 비고 |
|---|---|---|
| 일일 활성 사용자 | 4천만 | |
| 사용자당 일일 메시지 수 | 60 | |
| 하루 메시지 수 | 24억 | |
| 초당 평균 메시지 수 | 2.8만 | |
| 초당 최대 메시지 수 | 11만 | 평균의 4배 |
| 동시 접속 수 | 1200만 | |
| 게이트웨이당 연결 수 | 10만 | |
| 게이트웨이 수 | 120 | |
| 메시지 크기 | 300바이트 | |
| 일일 저장 용량 | 720 GB | |
`,
  'Hindi, lakh and crore': `
| मीट्रिक | मान |
|---|---|
| दैनिक सक्रिय उपयोगकर्ता | 50 करोड़ |
| प्रति उपयोगकर्ता प्रतिदिन संदेश | 40 |
| प्रतिदिन संदेश | 2000 करोड़ |
| औसत संदेश प्रति सेकंड | 2.3 लाख |
`,
  Italian: `
| Metrica | Valore | Note |
|---|---|---|
| Utenti attivi giornalieri | 30 milioni | |
| Messaggi per utente al giorno | 50 | |
| Messaggi al giorno | 1,5 miliardi | |
| Messaggi al secondo (media) | 17.400 | |
| Picco di messaggi al secondo | 87.000 | 5 volte la media |
| Connessioni simultanee | 9 milioni | 30 % degli utenti |
| Connessioni per gateway | 75.000 | |
| Numero di gateway | 120 | |
| Dimensione del messaggio | 250 byte | |
| Crescita dello storage | 375 GB/giorno | |
`,
  Turkish: `
| Gösterge | Değer |
|---|---|
| Günlük aktif kullanıcı | 20 milyon |
| Kullanıcı başına günlük mesaj | 50 |
| Günlük mesaj | 1 milyar |
| Saniyede ortalama mesaj | 11.600 |
| Zirve mesaj/sn | 46.000 |
| Zirve katsayısı | 4 |
| Eşzamanlı bağlantı | 5 milyon |
| Ağ geçidi başına bağlantı | 50 bin |
| Ağ geçidi sayısı | 100 |
`,
  'fan-out, copies and bits': `
| Metric | Value | Basis |
|---|---|---|
| Monthly active users | 3 B | public |
| Daily active users | 2 B | 2/3 of MAU |
| Peak concurrent users | 1 B | half of DAU |
| Devices per user | 1.2 | phone plus some web |
| Peak connections | 1.2 B | |
| Messages per day | 140 B | 70 per user |
| Average msgs/s | 1.6 M | |
| Peak msgs/s | 4.9 M | 3x |
| Average recipients per message | 2.5 | |
| Deliveries/s peak | 12 M | |
| Deliveries per day | 350 B | |
| Bytes per message on disk | 300 B | |
| Storage/day (one copy) | 42 TB | |
| Storage/day (3 copies) | 126 TB | |
| Connections per server | 1 M | |
| Servers needed | 1,200 | |
| Servers with headroom | 1,600 | 33% spare |
| Heartbeat | 60 s | |
| Heartbeats/s | 20 M | |
| Presence reads/s | 2 M | |
| Memory per connection | 8 KB | |
| Memory per server | 8 GB | |
| Egress peak | 3.6 GB/s | 12 M × 300 B |
| Egress peak (bits) | 28.8 Gbit/s | |
`,
  'sections, commas, exact': `
Section,Parameter,Value,Unit,Notes
Users,Registered users,3000000000,,
Users,Daily active users,1500000000,,50% of registered
Users,Peak online,600000000,,40% of DAU
Messaging,Messages per DAU,40,msg/day,
Messaging,Total messages,60000000000,msg/day,
Messaging,Average throughput,694444,msg/s,
Messaging,Peak throughput,2083333,msg/s,3x average
Messaging,Group messages,25,%,
Messaging,Average group size,20,,
Gateways,Connections per node,200000,,
Gateways,Gateway nodes,3000,,
Gateways,RAM per connection,20,KB,
Gateways,RAM per gateway node,4,GB,connections only
Kafka,Throughput per partition,10000,msg/s,
Kafka,Partitions,256,,
Storage,Bytes per message,1000,B,
Storage,Daily storage,60,TB/day,
Storage,Replication factor,3,,
Storage,Daily storage with replication,180,TB/day,
Storage,Retention,1,year,
Storage,Total storage,65.7,PB,
Presence,Heartbeat interval,30,s,
Presence,Heartbeats,20000000,/s,
Presence,Presence entry,100,B,
Presence,Presence cache,60,GB,
Cost,Gateway instance,400,USD/month,
Cost,Gateway fleet,1.2M,USD/month,
`,
  'totals after years': `
# Chat capacity plan

## Users
| | Low | Typical | High |
|---|---|---|---|
| DAU | 400M | 500M | 600M |
| Messages/user/day | 30 | 40 | 50 |

## Traffic
| Item | Formula | Result |
|---|---|---|
| Messages per day | DAU × msgs/user | 20B |
| Avg QPS | 20B / 86400 | 231K |
| Peak QPS | 5 × avg | 1.2M |
| Inbound bandwidth (peak) | 1.2M × 500 B | 600 MB/s |

## Storage
| Item | Value |
|---|---|
| Avg message size | 500 bytes |
| Raw data/day | 10 TB |
| With replication (×3) | 30 TB |
| 5-year storage | 54.75 PB |
`,
  regions: `
# EU region
| Metric | Value |
|---|---|
| DAU | 100 M |
| Messages/day | 5 B |
| Peak sends/s | 200 K |
| Gateways | 200 |
# US region
| Metric | Value |
|---|---|
| DAU | 150 M |
| Messages/day | 9 B |
| Peak sends/s | 400 K |
| Gateways | 300 |
# Global
| Metric | Value |
|---|---|
| Messages per user per day | 50-60 |
| Connections per gateway | 150 K |
`,
  'back of the envelope, sums as reasons': `
## WhatsApp-like chat: back of the envelope

| Quantity | Estimate | Reasoning |
|---|---|---|
| Total users | 2B | |
| DAU | 1B | 50% of total |
| Messages per user per day | 50 | |
| Total messages per day | 50B | 1B × 50 |
| Write QPS | ~580K | 50B / 86400 |
| Peak write QPS | ~1.7M | 3x average |
| Avg message size | 100 bytes | text |
| Daily storage | 5 TB | 50B × 100 bytes |
| Yearly storage | 1.8 PB | 5 TB × 365 |
| With 3x replication | 5.4 PB | 1.8 PB × 3 |
| Concurrent connections | 500M | 50% of DAU online |
| Connections per server | 100K | |
| Number of chat servers | 5,000 | 500M / 100K |
| Bandwidth (ingress) | 58 MB/s | 580K × 100 bytes |
`,
  'German, semicolons, units apart': `
"Kennzahl";"Wert";"Einheit";"Bemerkung"
"Nutzer am Tag";"50.000.000";"";""
"Geräte je Nutzer";"1,3";"";""
"Online-Anteil";"20";"%";""
"Gleichzeitige Verbindungen";"13.000.000";"";""
"Nachrichten je Nutzer und Tag";"40";"";""
"Nachrichten pro Tag";"2.000.000.000";"";""
"Mittlere Last";"23.148";"Nachrichten/s";""
"Spitzenlast";"92.593";"Nachrichten/s";"4-fach"
"Mittlere Nachrichtengröße";"300";"Byte";""
"Datenzuwachs pro Tag";"600";"GB";"vor Replikation"
"Replikationsfaktor";"3";"";""
"Datenzuwachs pro Tag mit Replikation";"1,8";"TB";""
"Vorhaltezeit";"2";"Jahre";""
"Gesamtspeicher mit Replikation";"1,31";"PB";""
"Speicherplatz je Knoten";"4";"TB";""
"Anzahl Cassandra-Knoten";"330";"";""
`,
};
