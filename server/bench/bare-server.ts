/** The least that a server on the same packages does: load them, listen, answer. What `serve` is compared with. */
import { serve } from '@hono/node-server';
import Database from 'better-sqlite3';
import { Hono } from 'hono';
import { createTask } from 'node-cron';
import { Client } from 'undici';

const database = new Database(':memory:');
const task = createTask('0 0 1 1 *', () => undefined, { timezone: 'UTC' });
const client = new Client('http://127.0.0.1:9');
const app = new Hono();
app.get('/healthz', (context) =>
  context.json({ isOpen: database.open, task: task.id, isClosed: client.closed }),
);
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
  process.stdout.write(`http://127.0.0.1:${port}/\n`),
);
