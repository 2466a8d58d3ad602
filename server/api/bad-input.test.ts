/**
 * Bad input, made from the document itself: for every parameter of every address values that its schema does not allow.
 * Each must be refused with the parameter named, quickly, and without a word about our insides.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openExampleApp } from '../testing/example-app.ts';
import type { SampleApp } from '../testing/sample-app.ts';
import type { OpenApi, Parameter } from './openapi.ts';

const MAX_ANSWER_MS = 2_000;
const HOSTILE_TEXTS = [
  '☃',
  '\u0000',
  '__proto__',
  'constructor',
  '1;DROP TABLE measurement',
  "' OR 1=1--",
  '../../etc/passwd',
  '<script>alert(1)</script>',
  '%',
  '{"a":1}',
  '[]',
  '\u202E\uD83D',
  'x'.repeat(2_000),
  '-1',
  'NaN',
  'Infinity',
  '9'.repeat(400),
];
const BAD_TIMES = [
  'yesterday',
  '2022-02-31',
  '2022-13-01',
  '1e99',
  '99999-01-01',
  '2022-03-04T25:00Z',
  '1900-01-01',
];
const toCursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const BAD_CURSORS = [
  null,
  [],
  {},
  [1],
  ['x', 'y', 'z'],
  [[[]]],
  [-1, 'x'],
  ['x'.repeat(300)],
  1,
].map(toCursor);

/** Values that the schema of a parameter does not allow. */
function makeBadValues({ name, schema }: Parameter): string[] {
  const { type, minimum, maximum, enum: words } = schema;
  if (type === 'integer')
    return [
      ...HOSTILE_TEXTS,
      `${(minimum ?? 0) - 1}`,
      `${(maximum ?? 0) + 1}`,
      '1e2',
      '1.5',
      '0x10',
      '+7',
      '１',
    ];
  if (type === 'array')
    return [
      ...HOSTILE_TEXTS,
      Array.from({ length: 65 }, (_, index) => `${4_294_967_296 + index}`).join(','),
      ',☃,',
    ];
  if (name === 'cursor') return [...HOSTILE_TEXTS, ...BAD_CURSORS, '1-', '1-2-3'];
  if (words !== undefined) return [...HOSTILE_TEXTS, `${String(words[0])} `.toUpperCase()];
  return [...HOSTILE_TEXTS, ...BAD_TIMES];
}

suite('bad input', () => {
  let sample: SampleApp;
  let document: OpenApi;
  before(async () => {
    sample = await openExampleApp();
    document = (await (await sample.app.request('/openapi.json')).json()) as OpenApi;
  });
  after(() => sample.close());

  /** Asks, and checks what holds of every refusal. */
  const refuse = async (address: string): Promise<{ parameters: string[]; status: number }> => {
    const began = performance.now();
    const response = await sample.app.request(address);
    const text = await response.text();
    assert.ok(performance.now() - began < MAX_ANSWER_MS, `${address} took too long`);
    assert.ok(response.status >= 400 && response.status < 500, `${address} → ${response.status}`);
    assert.equal(response.headers.get('content-type'), 'application/problem+json', address);
    assert.doesNotMatch(text, /node_modules|\.ts:\d|SQLITE|at \w+ \(/, address);
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    const { errors = [], status } = JSON.parse(text) as {
      errors?: { parameter: string }[];
      status: number;
    };
    assert.equal(status, response.status);
    return { parameters: errors.map(({ parameter }) => parameter), status };
  };
  /** The path with its segments filled as in the example. */
  const toPath = (template: string): string => {
    const example = document.paths[template]?.get['x-example-request'] ?? '';
    return template.includes('{revision}') ? '' : (example.split('?')[0] ?? '');
  };

  test('every parameter of every address refuses what its schema does not allow', async () => {
    let tried = 0;
    for (const [template, { get }] of Object.entries(document.paths))
      for (const parameter of get.parameters.filter((one) => one.in === 'query'))
        for (const value of makeBadValues(parameter)) {
          const query = new URLSearchParams({ [parameter.name]: value });
          const address = `${toPath(template)}?${query.toString()}`;
          const { parameters, status } = await refuse(address);
          assert.equal(status, 422, address);
          assert.deepEqual(parameters, [parameter.name], address);
          tried += 1;
        }
    assert.ok(tried > 1_000, `${tried}`);
  });

  test('every address refuses parameters that it does not know, and a known one twice with nonsense', async () => {
    for (const [template, { get }] of Object.entries(document.paths)) {
      const path = toPath(template);
      if (path === '') continue;
      assert.deepEqual((await refuse(`${path}?sevice=facebook`)).parameters, ['sevice']);
      assert.deepEqual((await refuse(`${path}?__proto__=1`)).parameters, ['__proto__']);
      const [first] = get.parameters.filter((one) => one.in === 'query');
      if (first)
        assert.deepEqual((await refuse(`${path}?${first.name}=☃&${first.name}=☃`)).parameters, [
          first.name,
        ]);
    }
  });

  test('every segment of a path refuses what names nothing', async () => {
    for (const template of Object.keys(document.paths).filter((one) => one.includes('{')))
      for (const text of [...HOSTILE_TEXTS, '.', '..', '%2e%2e', 'a'.repeat(3_000)]) {
        const segment =
          text.startsWith('%') || text === '.' || text === '..'
            ? text
            : encodeURIComponent(text.toWellFormed());
        const address = template.replaceAll(/\{\w+\}/g, segment);
        // The URL standard takes dots out of paths before anybody sees them.
        if (new URL(address, 'http://x').pathname !== address) continue;
        const { status } = await refuse(address);
        assert.ok(status === 404 || status === 414, `${address} → ${status}`);
      }
  });

  test('broken percent signs are no reason to fail', async () => {
    for (const address of [
      '/api/v1/measurements/%E0%A4%A',
      '/api/v1/lanes?service=%',
      '/api/v1/%',
      '/api/v1/lanes?%=1',
    ])
      await refuse(address);
  });

  /** Ranges of a century, by everything: answered within limits, or refused. */
  const WIDE = [
    '/api/v1/lanes?from=2004-01-01&to=2099-12-31',
    '/api/v1/timeline?from=2004-01-01&to=2099-12-31',
    '/api/v1/measurements?from=2004-01-01&to=2099-12-31&limit=1000',
    '/api/v1/measurements?mechanism=quic&limit=1000',
    '/api/v1/availability?resolution=hour&by=service,country,network,vantage,function,mechanism&from=2004-01-01&to=2099-12-31&limit=1000',
    '/api/v1/availability?resolution=month&from=2004-01-01&to=2099-12-31',
  ];
  for (const address of WIDE)
    test(`${address} ends soon`, async () => {
      const began = performance.now();
      const response = await sample.app.request(address);
      const text = await response.text();
      assert.ok(response.status === 200 || response.status === 422);
      assert.ok(text.length < 20_000_000);
      assert.ok(performance.now() - began < MAX_ANSWER_MS);
    });

  test('a request for a range of bytes is answered whole, never with more', async () => {
    const plain = await (await sample.app.request('/api/v1/services')).text();
    const response = await sample.app.request('/api/v1/services', {
      headers: { range: 'bytes=0-1073741823' },
    });
    assert.equal(await response.text(), plain);
  });
});
