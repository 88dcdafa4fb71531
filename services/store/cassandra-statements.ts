/** The statements of the store, one text each, so that each is prepared once. A `USING TIMESTAMP` is the last value given. */
export type Statements = ReturnType<typeof statementsOf>;

export function statementsOf(keyspace: string) {
  const messages = `${keyspace}.messages_by_conversation`;
  const lists = `${keyspace}.user_conversations`;
  const bucket = 'WHERE conversation = ? AND bucket = ?';
  const entry = 'sequence, kind, sender, id, logged_at, content_type, body, bodies';
  return {
    putMessage: `INSERT INTO ${messages} (conversation, bucket, sequence, "offset", kind, sender, id, logged_at, content_type, body, bodies)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`,
    newestEntries: `SELECT ${entry} FROM ${messages} ${bucket} AND sequence <= ? LIMIT ?`,
    oldestEntries: `SELECT ${entry} FROM ${messages} ${bucket} AND sequence >= ? AND sequence <= ? ORDER BY sequence ASC LIMIT ?`,
    newestPlaces: `SELECT sequence, "offset" FROM ${messages} ${bucket} AND sequence <= ? LIMIT ?`,
    sendersOf: `SELECT kind, sender FROM ${messages} ${bucket} AND sequence >= ? AND sequence <= ? LIMIT ?`,

    putConversation: `INSERT INTO ${keyspace}.conversations
      (conversation, sequence, members, "offset", changed_at, rested_at, sender, content_type, snippet)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`,
    conversations: `SELECT conversation, sequence, members, "offset", changed_at, rested_at, sender, content_type, snippet
      FROM ${keyspace}.conversations WHERE conversation IN ?`,

    putListRow: `INSERT INTO ${lists}
      (user, conversation, standing, sequence, "offset", changed_at, members, sender, content_type, snippet, sent)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`,
    putRead: `INSERT INTO ${lists} (user, conversation, read) VALUES (?, ?, ?) USING TIMESTAMP ?`,
    listRows: `SELECT conversation, standing, sequence, "offset", changed_at, members, sender, content_type, snippet, sent, read
      FROM ${lists} WHERE user = ?`,
    changedRows: `SELECT conversation, standing, sequence, "offset" FROM ${lists} WHERE user = ?`,

    putRejection: `INSERT INTO ${keyspace}.rejections (conversation, "offset", code) VALUES (?, ?, ?) USING TIMESTAMP ?`,
    rejection: `SELECT code FROM ${keyspace}.rejections WHERE conversation = ? AND "offset" = ?`,

    putReceipt: `INSERT INTO ${keyspace}.receipts (conversation, user, device, delivered, read, shown)
      VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`,
    receiptsOfUser: `SELECT user, device, delivered, read, shown FROM ${keyspace}.receipts WHERE conversation = ? AND user = ?`,
    receiptsAfter: `SELECT user, device, delivered, read, shown FROM ${keyspace}.receipts WHERE conversation = ? AND user > ?`,

    putPrivacy: `INSERT INTO ${keyspace}.users (user, withhold, shown_since) VALUES (?, ?, ?) USING TIMESTAMP ?`,
    privacy: `SELECT user, withhold, shown_since, WRITETIME(withhold) AS written FROM ${keyspace}.users WHERE user IN ?`,
    putDevice: `INSERT INTO ${keyspace}.devices (user, device) VALUES (?, ?) USING TIMESTAMP 1`,
    devices: `SELECT user, device FROM ${keyspace}.devices WHERE user IN ?`,

    putProgress: `INSERT INTO ${keyspace}.progress (log, partition, next_offset, first_logged_at) VALUES ('messages', ?, ?, ?)
      USING TIMESTAMP ?`,
    progress: `SELECT partition, next_offset, first_logged_at FROM ${keyspace}.progress WHERE log = 'messages'`,
  };
}
