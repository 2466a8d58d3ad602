/**
 * Who may send measurements: the id of this instance, one-time tokens, keys of agents, and vantages that were added on
 * the command line. A file of its own, so that the command line can write it while the server runs, and so that
 * nothing of it is ever in an export or a snapshot of what was measured.
 */
import { hash, randomUUID } from 'node:crypto';
import { chmodSync } from 'node:fs';
import Database from 'better-sqlite3';
import { type ConfiguredVantage, Vantage } from '../config/schema.ts';
import { openDatabase, type WallClock } from './connection.ts';
import { prepareFolder } from './open.ts';
import { Statements } from './statements.ts';
import { applySteps } from './step-migrations.ts';
import { toStoreError } from './store-error.ts';

/** Each step brings the file one version further; steps are only ever added. */
const STEPS = [
  `CREATE TABLE instance (id TEXT NOT NULL) STRICT;
   CREATE TABLE vantage (id TEXT PRIMARY KEY, json TEXT NOT NULL, added_at_ms INTEGER NOT NULL) STRICT;
   CREATE TABLE token (
     secret_sha256 TEXT PRIMARY KEY,
     vantage_id TEXT NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     used_at_ms INTEGER
   ) STRICT;
   CREATE TABLE agent (
     vantage_id TEXT PRIMARY KEY,
     public_key TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'rotated')),
     enrolled_at_ms INTEGER NOT NULL,
     disabled_at_ms INTEGER,
     software_version TEXT NOT NULL
   ) STRICT;`,
];

/** `rotated`: its key is not taken any more, and a new agent has not enrolled yet. */
export type AgentState = 'active' | 'disabled' | 'rotated';

/** An agent that enrolled. */
export type Agent = {
  readonly vantageId: string;
  /** 32 bytes of RFC 8032 in base64url. */
  readonly publicKey: string;
  readonly state: AgentState;
  readonly enrolledAtMs: number;
  /** When its key was refused from; absent while it is active. */
  readonly disabledAtMs?: number;
  readonly softwareVersion: string;
};

/** What came of a token. */
export type Redeemed =
  | { readonly kind: 'enrolled'; readonly vantageId: string }
  | {
      readonly kind: 'refused';
      readonly reason: 'token_unknown' | 'token_used' | 'token_expired';
    };

type AgentRow = {
  vantage_id: string;
  public_key: string;
  state: AgentState;
  enrolled_at_ms: number;
  disabled_at_ms: number | null;
  software_version: string;
};

function toAgent(row: AgentRow): Agent {
  return {
    vantageId: row.vantage_id,
    publicKey: row.public_key,
    state: row.state,
    enrolledAtMs: row.enrolled_at_ms,
    ...(row.disabled_at_ms === null ? {} : { disabledAtMs: row.disabled_at_ms }),
    softwareVersion: row.software_version,
  };
}

/** Used and expired tokens are kept this long, so that a second use is told from a mistyped one. */
const TOKEN_MEMORY_MS = 30 * 86_400_000;

/** The open file. Several processes may have it open. Every method may throw a StoreError. */
export class Registry {
  readonly #database: Database.Database;
  readonly #statements: Statements;
  readonly #clock: WallClock;
  /** Id of this instance's data, made once. */
  readonly instance: string;

  constructor(database: Database.Database, clock: WallClock) {
    this.#database = database;
    this.#statements = new Statements(database);
    this.#clock = clock;
    this.instance = this.#write(() => {
      const row = this.#statements.prepare<[], { id: string }>('SELECT id FROM instance').get();
      const id = row?.id ?? randomUUID();
      if (!row) this.#statements.prepare('INSERT INTO instance (id) VALUES (?)').run(id);
      return id;
    });
  }

  /** Notes a token by the sum of its secret; tokens of the vantage that nobody used are worth nothing from now on. */
  addToken(vantageId: string, secret: string, lifeMs: number): { readonly expiresAtMs: number } {
    const nowMs = this.#clock.nowMs();
    const expiresAtMs = nowMs + lifeMs;
    this.#write(() => {
      this.#statements
        .prepare(
          'DELETE FROM token WHERE expires_at_ms < ? OR (vantage_id = ? AND used_at_ms IS NULL)',
        )
        .run(nowMs - TOKEN_MEMORY_MS, vantageId);
      this.#statements
        .prepare('INSERT INTO token (secret_sha256, vantage_id, expires_at_ms) VALUES (?, ?, ?)')
        .run(hash('sha256', secret), vantageId, expiresAtMs);
    });
    return { expiresAtMs };
  }

  /** When the token that waits for the vantage's agent expires; undefined when none waits. */
  findToken(vantageId: string): { readonly expiresAtMs: number } | undefined {
    return this.#statements
      .prepare<[string, number], { expiresAtMs: number }>(
        `SELECT expires_at_ms AS expiresAtMs FROM token
         WHERE vantage_id = ? AND used_at_ms IS NULL AND expires_at_ms > ?`,
      )
      .get(vantageId, this.#clock.nowMs());
  }

  /** Uses a token up: the key is that of the vantage from now on. */
  redeem(secret: string, publicKey: string, softwareVersion: string): Redeemed {
    const nowMs = this.#clock.nowMs();
    return this.#write((): Redeemed => {
      const token = this.#statements
        .prepare<
          [string],
          { vantage_id: string; expires_at_ms: number; used_at_ms: number | null }
        >('SELECT vantage_id, expires_at_ms, used_at_ms FROM token WHERE secret_sha256 = ?')
        .get(hash('sha256', secret));
      if (!token) return { kind: 'refused', reason: 'token_unknown' };
      const vantageId = token.vantage_id;
      if (token.used_at_ms !== null) {
        // The answer may have been lost on its way: the same key may hear it again.
        const isSame = this.findAgent(vantageId)?.publicKey === publicKey;
        return isSame ? { kind: 'enrolled', vantageId } : { kind: 'refused', reason: 'token_used' };
      }
      if (token.expires_at_ms <= nowMs) return { kind: 'refused', reason: 'token_expired' };
      this.#statements
        .prepare('UPDATE token SET used_at_ms = ? WHERE secret_sha256 = ?')
        .run(nowMs, hash('sha256', secret));
      this.#statements
        .prepare(
          `INSERT INTO agent (vantage_id, public_key, state, enrolled_at_ms, software_version)
           VALUES (?, ?, 'active', ?, ?)
           ON CONFLICT (vantage_id) DO UPDATE SET public_key = excluded.public_key, state = 'active',
             enrolled_at_ms = excluded.enrolled_at_ms, disabled_at_ms = NULL,
             software_version = excluded.software_version`,
        )
        .run(vantageId, publicKey, nowMs, softwareVersion);
      return { kind: 'enrolled', vantageId };
    });
  }

  /** The agent of a vantage. */
  findAgent(vantageId: string): Agent | undefined {
    const row = this.#statements
      .prepare<[string], AgentRow>('SELECT * FROM agent WHERE vantage_id = ?')
      .get(vantageId);
    return row && toAgent(row);
  }

  /** All agents by vantage. */
  listAgents(): Agent[] {
    return this.#statements
      .prepare<[], AgentRow>('SELECT * FROM agent ORDER BY vantage_id')
      .all()
      .map(toAgent);
  }

  /** Sets the state of an agent, and takes back the tokens of its vantage; false when there is no such agent. */
  setState(vantageId: string, state: AgentState): boolean {
    const disabledAtMs = state === 'active' ? null : this.#clock.nowMs();
    return this.#write(() => {
      this.#statements
        .prepare('DELETE FROM token WHERE vantage_id = ? AND used_at_ms IS NULL')
        .run(vantageId);
      const { changes } = this.#statements
        .prepare('UPDATE agent SET state = ?, disabled_at_ms = ? WHERE vantage_id = ?')
        .run(state, disabledAtMs, vantageId);
      return changes > 0;
    });
  }

  /** Adds a vantage, or puts what is told now in place of what was told before. */
  addVantage(vantage: ConfiguredVantage): void {
    const json = JSON.stringify(vantage);
    this.#write(() =>
      this.#statements
        .prepare(
          `INSERT INTO vantage (id, json, added_at_ms) VALUES (?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET json = excluded.json`,
        )
        .run(vantage.id, json, this.#clock.nowMs()),
    );
  }

  /** Vantages that were added on the command line, by id. @throws when a row is none. */
  listVantages(): ConfiguredVantage[] {
    return this.#statements
      .prepare<[], { json: string }>('SELECT json FROM vantage ORDER BY id')
      .all()
      .map(({ json }) => {
        const vantage = Vantage.parse(JSON.parse(json));
        return { ...vantage, networkName: vantage.networkName ?? `AS${vantage.asn}` };
      });
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #write<T>(work: () => T): T {
    try {
      return this.#database.transaction(work).immediate();
    } catch (error) {
      throw toStoreError(error, this.#database.name);
    }
  }
}

/** Opens the file, and makes it when it is not there; only this user may read it. @throws StoreError */
export function openRegistry({
  file,
  clock,
}: {
  readonly file: string;
  readonly clock: WallClock;
}): Registry {
  let database: Database.Database | undefined;
  try {
    prepareFolder(file);
    database = openDatabase(file, 'write');
    chmodSync(file, 0o600);
    applySteps(database, file, STEPS);
    return new Registry(database, clock);
  } catch (error) {
    database?.close();
    throw toStoreError(error, file);
  }
}
