/**
 * A child process for the kill test: `node migrate-slowly.ts <file>` applies a further migration that takes long,
 * and prints a line when it is about to.
 */
import { writeSync } from 'node:fs';
import { openDatabase } from '../connection.ts';
import { migrate, readMigrations } from '../migrate.ts';

const [file = ''] = process.argv.slice(2);
const database = openDatabase(file, 'write');
database.function('announce', () => writeSync(1, 'migrating\n'));
const sql = `
  CREATE TABLE half_done (number INTEGER PRIMARY KEY) STRICT;
  INSERT INTO half_done VALUES (announce());
  INSERT INTO half_done WITH RECURSIVE n(x) AS (SELECT 100 UNION ALL SELECT x + 1 FROM n WHERE x < 40000000)
    SELECT x FROM n;`;
migrate(file, database, [
  ...readMigrations(),
  { number: readMigrations().length + 1, name: 'slow.sql', sql, sha256: 'of the test' },
]);
