/**
 * The layout that the source document names, to be measured beside the store's own: messages clustered by time, and a list
 * sorted by the time of the last message, a key that moves with every message. Nothing but the measurement uses it.
 */
import type { CassandraClient, Statement } from '../cassandra-client.ts';
import { blob, long } from '../cassandra-rows.ts';
import { lastMessageOf } from '../pages.ts';
import type { Applied } from '../store.ts';

/** `leaked`: the old row of a list is left; `moved`: its time is read, the row deleted and another written. */
export type SourceList = 'leaked' | 'moved';

export class SourceLayout {
  private readonly client: CassandraClient;
  private readonly list: SourceList;
  private readonly tables: { messages: string; lists: string; times: string };

  constructor(client: CassandraClient, list: SourceList) {
    this.client = client;
    this.list = list;
    const name = (table: string) => `${client.keyspace}.source_${list}_${table}`;
    this.tables = { messages: name('messages'), lists: name('lists'), times: name('times') };
  }

  async open(): Promise<void> {
    const { messages, lists, times } = this.tables;
    for (const table of [
      `${messages} (conversation bigint, created_at bigint, message_id blob, sender bigint, content_type int, body blob,
        PRIMARY KEY (conversation, created_at, message_id)) WITH CLUSTERING ORDER BY (created_at DESC, message_id ASC)`,
      `${lists} (user bigint, last_message_at bigint, conversation bigint, snippet blob, sender bigint,
        PRIMARY KEY (user, last_message_at, conversation)) WITH CLUSTERING ORDER BY (last_message_at DESC, conversation ASC)`,
      `${times} (conversation bigint PRIMARY KEY, last_message_at bigint)`,
    ])
      await this.client.change(`CREATE TABLE IF NOT EXISTS ${table}`);
  }

  async write(applied: readonly Applied[]): Promise<void> {
    await Promise.all(applied.map((one) => this.writeOne(one)));
  }

  listRead(user: number): Statement {
    return { query: `SELECT * FROM ${this.tables.lists} WHERE user = ? LIMIT 50`, params: [long(user)] };
  }

  newestRead(conversation: number): Statement {
    return { query: `SELECT * FROM ${this.tables.messages} WHERE conversation = ? LIMIT 50`, params: [long(conversation)] };
  }

  private async writeOne({ entry, conversation }: Applied): Promise<void> {
    const { messages, lists, times } = this.tables;
    const { client } = this;
    const [id, at] = [long(conversation.id), long(entry.loggedAtMs)];
    const before = this.list === 'moved' ? await client.read(`SELECT last_message_at FROM ${times} WHERE conversation = ?`, [id]) : [];
    const old = before[0]?.last_message_at as bigint | undefined;
    const { snippet } = lastMessageOf(entry);
    const statements: Statement[] = [
      {
        query: `INSERT INTO ${messages} (conversation, created_at, message_id, sender, content_type, body) VALUES (?, ?, ?, ?, ?, ?)`,
        params: [id, at, blob(entry.id), long(entry.sender), entry.contentType, blob(entry.bodies[0]!.body)],
      },
    ];
    for (const user of conversation.members) {
      if (old !== undefined) {
        const query = `DELETE FROM ${lists} WHERE user = ? AND last_message_at = ? AND conversation = ?`;
        statements.push({ query, params: [long(user), old, id] });
      }
      statements.push({
        query: `INSERT INTO ${lists} (user, last_message_at, conversation, snippet, sender) VALUES (?, ?, ?, ?, ?)`,
        params: [long(user), at, id, blob(snippet), long(entry.sender)],
      });
    }
    if (this.list === 'moved') {
      statements.push({ query: `INSERT INTO ${times} (conversation, last_message_at) VALUES (?, ?)`, params: [id, at] });
    }
    await Promise.all(statements.map((statement) => client.write(statement)));
  }
}
