import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FUNCTIONS, type FunctionId, type Service } from '../types.ts';
import { listDemoSlots } from './demo-slots.ts';
import { REGION_NETWORKS } from './region-networks.ts';
import { expectedEffect, impositionsAt, METHODS, type Story, strikes } from './restrictions.ts';
import { STORY } from './story.ts';

const at = (text: string): number => Date.parse(`${text}:00Z`);
/** A run with its confirming retry is over by then. */
const RUN_MS = 10 * 60_000;

const makeService = (
  id: string,
  rows: readonly [FunctionId, 'https' | 'tcp' | 'stun'][],
): Service => ({
  id,
  name: id,
  requiredFunctions: ['web'],
  targets: rows.map(([functionId, kind], index) => ({
    id: `${id}.${functionId}.t${index}`,
    function: functionId,
    kind,
    host: `t${index}.${id}.example`,
    port: 443,
    path: '/',
  })),
});
const facebook = makeService('facebook', [
  ['web', 'https'],
  ['app', 'https'],
  ['app', 'tcp'],
  ['media', 'https'],
]);
const instagram = makeService('instagram', [
  ['web', 'https'],
  ['app', 'https'],
]);
const whatsapp = makeService('whatsapp', [
  ['web', 'https'],
  ['messages', 'tcp'],
  ['media', 'https'],
  ['calls', 'stun'],
  ['registration', 'https'],
  ['links', 'https'],
]);

const slots = listDemoSlots();

test('slots are ordered, aligned to their interval and never overlap', () => {
  assert.ok(slots.length >= 150 && slots.length <= 300, `${slots.length} slots`);
  for (const [index, { slotMs, intervalMs }] of slots.entries()) {
    assert.equal(slotMs % intervalMs, 0);
    const next = slots[index + 1];
    if (next) assert.ok(next.slotMs >= slotMs + intervalMs);
  }
});

test('gaps lie only between the windows', () => {
  const gaps = slots.filter(({ slotMs, intervalMs }, index) => {
    const next = slots[index + 1];
    return next && next.slotMs > slotMs + intervalMs;
  });
  assert.equal(gaps.length, 4);
});

test('every boundary of the story is followed by a slot that sees it, and splits none', () => {
  const boundaries = [...STORY.impositions, ...STORY.disturbances].flatMap(({ fromMs, untilMs }) =>
    untilMs === undefined ? [fromMs] : [fromMs, untilMs],
  );
  for (const boundaryMs of boundaries) {
    const name = new Date(boundaryMs).toISOString();
    const straddled = slots.find(
      ({ slotMs }) => slotMs < boundaryMs && boundaryMs < slotMs + RUN_MS,
    );
    assert.equal(straddled, undefined, name);
    const next = slots.find(
      ({ slotMs, intervalMs }) => slotMs >= boundaryMs && slotMs - boundaryMs < intervalMs,
    );
    assert.ok(next, `${name} falls into a gap`);
  }
});

test('only Russian networks impose anything, and only known ones', () => {
  const countries = new Map(
    REGION_NETWORKS.map(({ vantage }) => [vantage.id, vantage.countryCode]),
  );
  for (const { networkId, fromMs, untilMs } of STORY.impositions) {
    assert.equal(countries.get(networkId), 'RU');
    assert.ok(untilMs === undefined || untilMs > fromMs);
  }
});

test('networks are invented: private AS numbers, one control, names that say so', () => {
  const vantages = REGION_NETWORKS.map(({ vantage }) => vantage);
  assert.equal(vantages.filter(({ role }) => role === 'control').length, 1);
  assert.equal(new Set(vantages.map(({ id }) => id)).size, vantages.length);
  assert.equal(new Set(vantages.map(({ asn }) => asn)).size, vantages.length);
  for (const { asn, networkName, id } of vantages) {
    assert.ok(asn >= 64_512 && asn <= 65_534);
    assert.match(networkName, /simulated/);
    assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
  }
});

const RU = ['ru-volga-fixed', 'ru-neva-fixed', 'ru-ural-mobile', 'ru-siberia-mobile'] as const;

type Expectation = {
  when: string;
  network: string;
  service: Service;
  part: FunctionId | 'service';
  is: string;
};
const row = (
  when: string,
  network: string,
  service: Service,
  part: FunctionId | 'service',
  is: string,
): Expectation => ({ when, network, service, part, is });

const expectations: readonly Expectation[] = [
  row('2022-02-24T00:00', RU[0], facebook, 'service', 'none 0/4'),
  row('2022-02-26T00:00', RU[0], facebook, 'media', 'restricted tls.reset 1/1'),
  row('2022-02-26T00:00', RU[0], facebook, 'web', 'none 0/1'),
  row('2022-02-26T00:00', RU[2], facebook, 'media', 'none 0/1'),
  row('2022-03-01T00:00', RU[2], facebook, 'media', 'restricted tls.reset 1/1'),
  row('2022-03-04T18:00', RU[0], facebook, 'app', 'restricted tls.reset 1/2'),
  row('2022-03-04T18:00', RU[1], facebook, 'web', 'none 0/1'),
  row('2022-03-04T20:00', RU[1], facebook, 'app', 'restricted dns.injection.blockpage 2/2'),
  row('2022-03-05T00:00', RU[2], facebook, 'web', 'restricted tls.timeout 1/1'),
  row('2022-03-05T14:00', RU[3], facebook, 'app', 'restricted ip.drop 2/2'),
  row('2022-03-08T06:00', RU[3], facebook, 'web', 'restricted tls.eof 1/1'),
  row('2022-03-19T12:00', RU[1], facebook, 'service', 'none 0/4'),
  row('2022-03-21T00:00', RU[1], facebook, 'web', 'restricted dns.injection.bogon 1/1'),
  row('2022-03-13T16:00', RU[2], instagram, 'web', 'none 0/1'),
  row('2022-03-13T18:00', RU[2], instagram, 'web', 'restricted tls.reset 1/1'),
  row('2022-03-15T02:00', RU[3], instagram, 'web', 'none 0/1'),
  row('2022-03-15T04:00', RU[3], instagram, 'web', 'restricted tls.eof 1/1'),
  row('2022-03-30T00:00', RU[0], whatsapp, 'service', 'none 0/6'),
  row('2022-03-02T06:00', 'pl-vistula-fixed', instagram, 'service', 'down 2/2'),
  row('2022-03-02T06:00', 'de-rhine-control', instagram, 'web', 'down 1/1'),
  row('2022-03-02T06:00', RU[0], facebook, 'media', 'restricted tls.reset 1/1'),
  row('2022-03-17T12:00', RU[3], facebook, 'web', 'outage 1/1'),
  row('2022-03-17T12:00', RU[3], whatsapp, 'service', 'outage 6/6'),
  row('2025-08-13T12:00', RU[0], whatsapp, 'calls', 'restricted udp.drop 1/1'),
  row('2025-10-23T00:00', RU[2], whatsapp, 'registration', 'restricted tls.reset 1/1'),
  row('2025-10-23T00:00', RU[1], whatsapp, 'registration', 'none 0/1'),
  row('2025-12-24T00:00', RU[0], whatsapp, 'media', 'restricted transport.freeze 1/1'),
  row('2026-02-11T12:00', RU[0], facebook, 'web', 'restricted dns.nxdomain 1/1'),
  row('2026-02-11T12:00', RU[0], facebook, 'app', 'restricted tls.reset 1/2'),
  row('2026-02-11T12:00', RU[1], facebook, 'media', 'restricted tls.reset 1/1'),
  row('2026-02-13T12:00', RU[0], whatsapp, 'messages', 'restricted ip.drop 1/1'),
  row('2026-02-13T12:00', RU[3], whatsapp, 'messages', 'none 0/1'),
  row('2026-02-15T12:00', RU[0], whatsapp, 'links', 'none 0/1'),
  row('2026-02-15T12:00', 'ua-dnipro-fixed', whatsapp, 'service', 'none 0/6'),
];

for (const { when, network, service, part, is } of expectations) {
  test(`${when} ${network}: ${service.id} ${part} → ${is}`, () => {
    const found = expectedEffect(STORY, network, service, part, at(when));
    const mechanism = found.effect === 'restricted' ? ` ${found.mechanism}` : '';
    assert.equal(`${found.effect}${mechanism} ${found.affected}/${found.total}`, is);
  });
}

test('no target ever meets two restrictions of the same layer', () => {
  for (const { slotMs } of slots)
    for (const networkId of RU)
      for (const service of [facebook, instagram, whatsapp])
        for (const target of service.targets) {
          const layers = impositionsAt(STORY, networkId, slotMs)
            .filter((one) => one.serviceId === service.id && strikes(one, target))
            .map(({ method }) => METHODS[method].layer);
          assert.equal(new Set(layers).size, layers.length, `${networkId} ${target.id} ${slotMs}`);
        }
});

test('a name that is gone is met before an origin that is down', () => {
  const story: Story = {
    impositions: [
      {
        networkId: 'n',
        serviceId: 'facebook',
        functions: [...FUNCTIONS],
        method: 'dns_nxdomain',
        fromMs: 0,
      },
    ],
    disturbances: [{ kind: 'origin_down', serviceId: 'facebook', fromMs: 0, untilMs: 10 }],
  };
  assert.equal(expectedEffect(story, 'n', facebook, 'web', 5).effect, 'restricted');
  assert.equal(expectedEffect(story, 'other', facebook, 'web', 5).effect, 'down');
});
