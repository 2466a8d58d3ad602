/**
 * Compiles what `serve` and `agent` load into the cache of compiled code and ends. `npm start` runs it once after sources have
 * changed: a process that has to strip types itself keeps 30 MB of that tool for as long as it lives.
 */
import { enableCompileCache } from 'node:module';
import { COMPILE_CACHE } from './compile-cache.mjs';

enableCompileCache(COMPILE_CACHE);
await import('./cli.ts');
await import('./serve.ts');
// Loaded with the first request for them (page-routes.ts, answer-routes.ts, alert-routes.ts).
for (const name of ['board-page', 'timeline-page', 'ledger-page', 'answer-page'])
  await import(`./${name}.ts`);
for (const name of ['pages', 'vantage-pages', 'place-pages', 'incident-pages'])
  await import(`./${name}.ts`);
// Loaded with the first export, schema or answer about the past; the last two by their thread.
for (const name of ['exports/threaded', 'exports/ooni-file', 'past/question'])
  await import(`./${name}.ts`);
for (const name of ['json', 'parquet']) await import(`./exports/formats/${name}.ts`);
await import('../db/dictionary/dictionary.ts');
await import('./announcement-forms.ts');
await import('./changes-page.ts');
for (const name of ['api-page', 'data-page', 'feeds-page', 'api/openapi', 'api/answer-schemas'])
  await import(`./${name}.ts`);
for (const name of ['alert-pages', 'subscription-pages', 'alerts/desk', 'metrics', 'status-page'])
  await import(`./${name}.ts`);
// Loaded where messages are switched on (alerts/alerting.ts).
for (const name of ['channels/channels', 'dispatcher']) await import(`./alerts/${name}.ts`);
await import('../db/subscribers/open.ts');
await import('./commands/agent.ts');
await import('../probes/network/socks5.ts');
await import('../probes/network/http-proxy.ts');
// Loaded with the first request for them (pictures/routes.ts).
for (const name of ['answers', 'events', 'forms', 'lanes', 'lists', 'rasteriser', 'records'])
  await import(`./pictures/${name}.ts`);
// Loaded with the first request for them (app.ts).
await import('./exports/bulk/answer-bulk.ts');
await import('./embed.ts');
await import('./lite-page.ts');
await import('./map-page.ts');
await import('./demo/mailbox-page.ts');
