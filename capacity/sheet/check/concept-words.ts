/**
 * The words of capacity sheets in several languages, by what they mean. Data only; `concepts.ts` finds them in a label.
 *
 * A plain word matches the beginning of a word of the label (`nachricht` finds "Nachrichten"), `=word` the whole word, `~word` any
 * place in a word (compounds), `_` is a space. Words of scripts without spaces match anywhere. Accents are taken off Latin letters.
 */
export const CONCEPT_WORDS = {
  // How words of a label hang together.
  per: '/ =of_a =of_an =of_one =of_each =of_every =de_cada =eines =einer =per =pro =je =par =por =al =alla =на =в =за =each =every =setiap =moi =pr =jeden =kazdy =каждые =каждый =ogni =cada =chaque =jede =jeder =alle =toutes_les 每个 每個 每 毎 प्रति لكل في_كل',
  perAfter: '=basina あたり 当たり 当り ごと 당 마다',
  and: '=and =und =et =y =e =и =ve =i =oraz =och =en',
  of: '=of =von =der =des =de =du =del =dello =della =delle =dei =degli =di =da =do =от =의 の 的',

  // Times. The adjective is apart: "daily users" are not a rate.
  second: '=s =sec =secs second sekund secund segundo secondo секунд =сек saniye =sn giay detik 秒 초 सेकंड सेकेंड ثانية',
  minute: '=min =mins minut минут =мин dakika phut menit 分钟 分鐘 毎分 每分 분당 분마다 मिनट دقيقة',
  hour: '=h =hr =hrs hour stund heure hora =ora =ore час saat godzin =timme =uur 小时 小時 毎時 每时 시간 घंटे घंटा ساعة',
  day: '=d day =tag =tage =tagen =jour =jours =dia =dias =giorno =giorni день дня дней сутки =сут =gun =gunde dzien =dni dag =dagar ngay =hari 天 日 하루 일간 दिन يوم',
  week: '=week =weeks woche semaine semana settimana недел hafta 周 週 주간',
  month:
    '=month =months =mo monat =mois =mes =meses =mese =mesi месяц =мес =ay =ayda miesiac miesiec manad maand bulan thang 个月 月 개월 월 माह महीने شهر',
  year: '=year =years =yr =yrs jahr =an =ans annee =ano =anos =anno =anni год лет =yil =yilda =rok =lat jaar tahun nam 年 년 साल वर्ष سنة',
  daily:
    'daily taglich taeglich tages quotidien journalier diari giornalier ежедневн суточн дневн gunluk dzienn daglig dagelijks harian 日活跃 日活躍 日活 日均 日間 日次 デイリー 일일 일간 दैनिक يومي',
  monthly:
    'monthly monatlich monats mensuel mensual mensal mensil ежемесячн месячн aylik miesieczn manatlig maandelijks bulanan 月活跃 月活躍 月活 月間 月次 월간 मासिक شهري',
  yearly:
    'yearly annual =annually jahrlich jaehrlich annuel anual annual annuale годов ежегодн yillik roczn arlig jaarlijks tahunan 年間 年度 연간 वार्षिक سنوي',
  hourly: 'hourly stundlich stuendlich horaire почасов saatlik',

  // Who and what.
  user: '=user =users nutzer benutzer anwender utilisateur usuari utent utenz пользовател kullanici uzytkownik anvandar gebruiker pengguna nguoi_dung =dau =mau =ccu =pcu =wau member subscriber abonn teilnehmer 用户 用戶 使用者 ユーザー ユーザ 利用者 사용자 이용자 이용자수 उपयोगकर्ता यूजर مستخدم مستخدم',
  device:
    'device gerat geraet endgerat appareil dispositiv dispositif terminal устройств cihaz urzadzen enhet apparat apparaten perangkat thiet_bi 设备 設備 终端 端末 デバイス 기기 디바이스 단말 डिवाइस उपकरण أجهزة جهاز',
  connection:
    'connection =conn =conns connexion verbindung conexion conexao conexoes connession соединен подключен baglanti polaczen anslutning verbinding koneksi ket_noi websocket socket 连接 連線 連接 接続 コネクション 연결 접속 커넥션 कनेक्शन اتصال',
  message:
    'message =msg =msgs messag nachricht mensaje mensagen mensagem messaggi сообщени mesaj =ileti =iletiler wiadomos meddeland bericht pesan tin_nhan =send =sends sendung =envoi =envois =envio =envios invii отправ 送信数 送信 消息 訊息 讯息 メッセージ 메시지 संदेश رسالة رسائل gonderim',
  delivery:
    'deliver zustellung auslieferung livraison remise entrega consegn доставк teslimat dostarcz leverans bezorging aflever pengiriman 投递 投遞 送达 送達 配信 配達 전달 배달 전송 डिलीवरी',
  receipt:
    'receipt quittung lesebestatigung empfangsbestatigung bestatigung accuse acuse confirmac confirmaci ricevut conferm подтвержден квитанц okundu potwierdz kvitt 回执 回條 既読 受領 영수 확인 수신확인',
  heartbeat:
    'heartbeat =ping =pings herzschlag lebenszeichen keepalive keep_alive keep-alive battement latido pulsac pulso battit пинг сердцебиен kalp heart_beat 心跳 ハートビート 하트비트 핑',
  read: '=read =reads lesezugriff lesevorgang lesevorgange lesungen =lecture =lectures lectura leitura lettur чтени okuma odczyt 读取 讀取 読み取り 読み込み 읽기 lookup =query =queries abfrage requete consulta interrogaz запрос_на_чтение',
  write:
    '=write =writes schreibzugriff schreibvorgang schreibvorgange =ecriture =ecritures escritura escrita scrittur запис yazma zapis 写入 寫入 書き込み 쓰기',
  request:
    'request anfrage =requete =requetes solicitud peticion requisic richiest запрос istek zadani 请求 請求 リクエスト 요청 =rps =qps =tps api_call',
  push: 'push push-noti push_noti notification notificac notific benachrichtigung уведомлен bildirim powiadom 推送 プッシュ 푸시 알림 通知',
  typing: 'typing tippen schreibanzeige saisie escribiendo digitando digitazione набор_текста yaziyor 输入状态 入力中 입력중',
  presence: 'presence prasenz praesenz anwesenheit presenc presencia presenza присутств статус_онлайн 在线状态 プレゼンス 프레즌스',
  event: '=event =events ereignis evenement evento событи olay 事件 イベント 이벤트',
  record: '=record =records datensatz enregistrement registro 记录 レコード 레코드',
  conversation: 'conversation =chat =chats konversation unterhaltung conversaci conversa чат беседа sohbet 会话 對話 会話 대화',
  group: '=group =groups grupp =groupe =groupes =grupo =grupos групп grup 群组 群聊 群 グループ 그룹 समूह',

  // What it runs on.
  gateway:
    'gateway passerelle pasarela puerta_de_enlace шлюз =edge =edges frontend_server connection_server =box =boxes ag_gecidi bramk gerbang 网关 閘道 ゲートウェイ 게이트웨이 गेटवे بوابة ws_server websocket_server chat_server',
  broker: 'broker брокер 代理 ブローカー 브로커',
  node: '=node =nodes knoten =noeud =noeuds =nodo =nodos =nodi =nos узел узлов узла dugum wezl nod =cassandra =scylla 节点 節點 ノード 노드',
  shard: '=shard =shards sharding =fragment шард 分片 シャード 샤드 primaries',
  partition: 'partition partizion particion particao particoes партиц разделов bolum partycj 分区 分區 パーティション 파티션',
  server:
    '=server =servers =host =hosts =machine =machines =instance =instances serveur servidor servid сервер sunucu serwer maschine rechner instanz =vm =vms =pod =pods 服务器 伺服器 サーバー サーバ 서버 सर्वर خادم خوادم',
  core: '=core =cores =vcpu =vcpus =cpu =cpus =kern =kerne =cpu-kerne prozessorkern =processor =processors =prozessor =prozessoren processeur procesador processador процессор =coeur =coeurs nucleo nuclei ядер ядро cekirdek rdzen karna 核心 核 コア 코어',
  cell: '=cell =cells =zelle =zellen cellule celda celula =cella =celle ячейк ячеек hucre komork 单元 單元 セル 셀',
  region: 'region регион bolge 区域 地域 リージョン 리전 rechenzentr datacenter data_center 数据中心',
  key: '=key =keys schlussel schluessel eintrage =cle =cles clave chave chiavi ключ anahtar klucz 键 キー 키 =entry =entries',

  // Bytes and money.
  byte: '=byte =bytes octet байт bayt 字节 位元組 バイト 바이트',
  size: 'size =grosse groesse ~grosse taille tamano tamanho dimension размер boyut rozmiar storlek grootte ukuran payload =body 大小 サイズ 크기 आकार حجم',
  storage:
    'storage stockage almacenam armazen archiviazion хранен хранилищ depolama przechow magazyn lagring opslag penyimpanan luu_tru disk =hdd =ssd festplatt plattenplatz datenmenge datenwachstum datenvolumen datenzuwachs дисков =данные данных 存储 儲存 存儲 数据量 磁盘 ストレージ 保存容量 保存 データ量 저장 스토리지 디스크 भंडारण स्टोरेज تخزين espace_disque disque disco',
  memoryOrStorage: 'speicher ~speicher',
  memory:
    'memory =mem =ram arbeitsspeicher hauptspeicher memoire memoria memorie памят =озу bellek pamiec pamieci minne geheugen memori =heap bo_nho 内存 記憶體 メモリ 메모리 램 मेमोरी ذاكرة',
  traffic:
    'bandwidth bandbreit bande_passante ancho_de_banda largura_de_banda larghezza_di_banda banda пропускн трафик traffic datenverkehr netzverkehr netzlast trafic trafico trafego traffico bant_genisligi trafik przepustow bandbredd bandbreedte network netzwerk reseau =red =rede =rete сетев 带宽 頻寬 流量 帯域 トラフィック 대역폭 트래픽 बैंडविड्थ',
  cost: 'cost =kosten ~kosten cout =coste =costes =costo =costos custo costi стоимост расход затрат maliyet koszt kostnad biaya chi_phi price preis prix precio preco prezzo =spend =bill =opex 成本 费用 價格 コスト 費用 料金 비용 लागत تكلفة',

  // What kind of number it is.
  peak: 'peak =max =maximum =maximal ~spitze spitzen busiest =burst pointe =pic =pico picco пик pik ~zirve szczyt topp =piek puncak cao_diem hora_pico hora_punta heure_de_pointe busy_hour hochstlast hoechstlast 峰值 高峰 尖峰 峰 ピーク 最大 피크 최대 पीक शिखर الذروة ذروة',
  mean: '=mean =avg average durchschnitt ~durchschnitt =mittel mittlere =mittelwert moyen =media =medio =medios =medias promedi media_de средн ortalama =ort sredni genomsnitt gemiddeld rata-rata trung_binh 平均 日均 均值 평균 औसत متوسط',
  factor:
    'factor faktor facteur fattore коэффициент katsayi carpan wspolczynnik multiplier vielfach multiplic =ratio quotient verhaltnis 系数 倍数 因子 係数 倍率 比 계수 배수 배율 गुणक',
  share:
    '=% share anteil ~anteil =part =proportion percent prozent pourcent porcent percentual quota =quote =rate_of доля процент oran udzial andel aandeel fraction fraktion 比例 占比 率 割合 比率 비율 प्रतिशत نسبة',
  rate: '=rate ~rate throughput durchsatz =debit =caudal velocid скорост hiz szybkos 速率 吞吐 スループット 처리량 =/s =mps',
  count:
    '=count =number =amount =quantity =volume =menge =quantite =cantidad =quantidade =quantita =anzahl ~anzahl =zahl nombre numero число количеств sayi sayis liczba antal aantal jumlah so_luong =# 数量 數量 個数 台数 总数 量 數 数 개수 수 대수 संख्या عدد',
  total:
    '=total =totale =totals gesamt insgesamt =total =totaux итого всего общ toplam lacznie razem totalt totaal 总 總 合计 合計 総 총 कुल إجمالي =overall =sum =fleet =flotte',
  concurrent:
    'concurrent simultan gleichzeitig parallel =online =active_conn одновременн онлайн eszamanli es_zamanli anlik jednoczes samtidig gelijktijdig bersamaan dong_thoi connected verbunden connecte conectad connessi подключенн 并发 並發 同时 在线 線上 在線 同時 オンライン 동시 온라인 접속중 ऑनलाइन समवर्ती متزامن',
  registered: 'registered registriert inscrit registrad registrat зарегистрирован kayitli zarejestr 注册 註冊 登録 가입 등록',
  growth:
    'growth wachstum zuwachs croissance crecimiento crescimento crescita рост прирост buyume wzrost tillvaxt groei 增长 增長 增量 新增 増加 증가 वृद्धि',
  retention:
    'retention aufbewahr vorhalte conservation retencion retencao conservazion ritenzion срок_хранени saklama retencj bevarande bewaar retensi 保留 保存期間 保持期間 보관 보존 保存期',
  replication:
    'replication replikation replicacion replicac replicaz репликаци replikasyon replikacj =rf replica replikat réplica =kopien =copies =copias =copie =реплик 副本 复制 複製 レプリ 복제',
  physical: 'replicated repliziert physical physisch on_disk =raw_disk physique fisico физическ 物理 物理的 물리',
  logical:
    'logical raw_data =raw one_copy single_copy 1_copy logisch logique logico логическ unreplicated before_replication 逻辑 論理 논리',
  interval:
    'interval intervall =periode =period periode periodo период aralik aralig interwal =frequency frequenz frequence 间隔 間隔 周期 간격 주기 अंतराल',
  timeToLive: '=ttl expiry ablauf',
  session: '=session =sessions sitzung sitzungs sesion sessao sessione сессии oturum セッション 세션',
  storm: '=storm reconnect wiederverbind wiederanmeld reconnex reconex riconness переподключ 重连 再接続 재접속',
  window: '=window zeitfenster =fenster fenetre ventana 窗口',
  ingress: 'ingress inbound eingehend incoming entrant entrante =eingang входящ 入站 入口 受信 인바운드',
  egress: 'egress outbound ausgehend outgoing sortant saliente =ausgang исходящ 出站 出口 아웃바운드',
  fanout:
    'fanout fan-out fan_out facherung 扇出 ファンアウト 팬아웃 recipients empfanger destinatair destinatari получател 受信者 接收者 수신자',
  offline: 'offline hors_ligne fuera_de_linea sin_conexion nicht_verbunden офлайн cevrimdisi 离线 離線 オフライン 오프라인',
  compression:
    'compression ratio_of_compression kompressionsverhaltnis kompressionsfaktor compresion compressao compressione сжати 压缩率 压缩比 圧縮率 압축률',
  uncompressed: 'uncompressed unkomprimiert before_compression non_compress 未压缩 圧縮前',
  headroom:
    'headroom reserve =puffer =marge =margin margen margem запас safety utilis utiliz auslastung uberkapaz usable nutzbar 余量 冗余 余裕 여유 =n+1 =spare',
  bus: 'kafka =bus =topic log_retention =pulsar',
  redis: 'redis valkey =cache',

  // What makes it another thing than the plain noun says.
  media:
    '=medias ~medien multimedia photo foto image bild picture =video =videos voice audio sticker attachment anhang datei file_upload =file =files 图片 视频 媒体 多媒体 画像 動画 미디어 사진 attach',
  million: '=million =millions =mio =mn =millon =milhao =milione =millionen 百万 백만',
  churn: 'new_user signup anmeldung =new =neue =nouveaux =nuevos =novos новых 新规',
} as const;

export type Concept = keyof typeof CONCEPT_WORDS;
