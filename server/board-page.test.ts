/** The board of a large region: what it weighs, what it counts, and the same as JSON by its tag. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type BusyRegion, openBusyRegion } from './testing/busy-region.ts';

/** What a reader on a bad line waits for, compressed as the server compresses. */
const MAX_HTML_BYTES = 20 * 1024;

suite('the board with 36 vantages', () => {
  let region: BusyRegion;
  before(async () => {
    region = await openBusyRegion();
  });
  after(() => region.close());

  for (const path of ['/en', '/ru', '/uk'])
    test(`${path} weighs at most 20 KB`, async () => {
      const headers = { 'accept-encoding': 'br' };
      const response = await region.app.request(path, { headers });
      assert.equal(response.headers.get('content-encoding'), 'br');
      const bytes = (await response.arrayBuffer()).byteLength;
      assert.ok(bytes <= MAX_HTML_BYTES, `${bytes} bytes`);
    });

  test('the gravest and newest change comes first, silence is counted, control and networks are named', async () => {
    const html = await (await region.app.request('/en')).text();
    assert.match(html, /34 of 36 vantages reporting/);
    assert.equal(html.match(/class="vantage-silent"/g)?.length, 2);
    const cards = [...html.matchAll(/<li class="change state-([\w-]+)"[^]*?<h3><a[^>]*>([^<]*)</g)];
    assert.deepEqual(
      cards.slice(0, 3).map(([, state, name]) => `${name} ${state}`),
      ['Facebook · Russia blocked', 'Facebook · Belarus blocked', 'Facebook · Russia blocked'],
    );
    // Neither what has only just begun nor trouble of the service itself.
    assert.doesNotMatch(cards.map(([, , name]) => name).join(), /Kazakhstan|Ukraine/);
    assert.match(html, /On 11 networks: [^<]* and 7 more/);
    assert.match(html, /✓ confirmed by control/);
    assert.match(html, /href="\/en\/m\/facebook\.[\w-]+\.\d{8}T\d{6}Z">after/);
    assert.match(html, /<span class="tally">15 of 15 networks<\/span>/);
  });

  test('as JSON it is answered by its tag, with every lane in the form of the stream', async () => {
    const first = await region.app.request('/index.json');
    const answer = (await first.json()) as {
      lanes: { lane: string }[];
      changes: { service: string; vantage: string; from: string; to: string }[];
      mark: string;
    };
    const states = new Set(answer.changes.map(({ from, to }) => `${from} ${to}`));
    assert.deepEqual([...states].toSorted(), ['blocked ok', 'ok blocked', 'ok impaired']);
    assert.equal(answer.lanes.length, 36 * 3);
    assert.match(answer.lanes[0]?.lane ?? '', /^[a-z]+\/[a-z]+-\d+\/service$/);
    const tag = first.headers.get('etag') ?? '';
    const again = await region.app.request('/index.json', { headers: { 'if-none-match': tag } });
    assert.equal(again.status, 304);
    const html = await (await region.app.request('/')).text();
    assert.ok(html.includes(`"mark":"${answer.mark}"`), 'page and answer agree');
  });
});
