/** What readers are told: the words for each kind, stories told once, digests, and titles that try to deceive. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LOCALES } from '../../../dashboard/i18n/locale.ts';
import { ALERT_KINDS, type AlertEvent } from '../../../db/alert-types.ts';
import { CLOSED_MS, makeAlert, makeClosed, OPENED_MS } from '../../testing/sample-alerts.ts';
import { mergeAlerts } from './merge-alerts.ts';
import { type Reader, renderAlerts, renderDigest } from './render-text.ts';

const HOUR_MS = 3_600_000;
const reader: Reader = {
  deliveryId: 'd1',
  locale: 'en',
  timeZone: 'Europe/Moscow',
  publicUrl: 'https://reachline.example',
  serviceNames: new Map([
    ['instagram', 'Instagram'],
    ['facebook', 'Facebook'],
    ['whatsapp', 'WhatsApp'],
  ]),
};
const day = {
  kind: 'digest',
  fromMs: OPENED_MS - HOUR_MS,
  untilMs: OPENED_MS + 23 * HOUR_MS,
} as const;
const announced = makeAlert({
  id: 'a-1/published',
  kind: 'announcement_published',
  severity: 'info',
  subject: { kind: 'announcement', id: 'ru-2022-instagram' },
  facts: {
    title: 'Access to Instagram to be restricted',
    effectiveEarliestMs: OPENED_MS,
    effectiveLatestMs: OPENED_MS,
  },
});

const someNetworks = (count: number) =>
  Array.from({ length: count }, () => ({ asn: 8359, networkName: 'MTS' }));

/** Restricted on fewer networks than before. */
const freed = (count: number): AlertEvent =>
  makeAlert({
    kind: 'scope_changed',
    facts: { ...makeAlert().facts, freedNetworks: someNetworks(count) },
  });

const changed = (count: number): AlertEvent =>
  makeAlert({ kind: 'mechanism_changed', facts: { changedNetworks: someNetworks(count) } });

function makeMany(countries: number): AlertEvent {
  return { ...announced, countryCodes: Array.from({ length: countries }, () => 'UA') };
}

suite('one event', () => {
  test('says where, how far, since when, how and what cannot be known', () => {
    const message = renderAlerts([makeAlert()], reader);
    assert.equal(message.subject, 'Instagram blocked in Russia on 4 networks');
    assert.equal(message.url, 'https://reachline.example/en/i/instagram-ru-20220313t2105z');
    assert.deepEqual(message.paragraphs, [
      [
        'Began after 14 Mar 2022, 00:00 Moscow (13 Mar 21:00 UTC), by 14 Mar 2022, 00:05 Moscow (13 Mar 21:05 UTC).',
        'How: the connection is reset once the service is named.',
        'Networks: Rostelecom (AS12389), MTS (AS8359).',
        'Blocked on 4 of 6 networks measured.',
      ].join('\n'),
      'Not every network is measured; others may differ. Measurements do not show who ordered it or why.',
    ]);
  });

  test('a change of means says from what to what, and on which networks', () => {
    const changed = makeAlert({
      kind: 'mechanism_changed',
      facts: {
        mechanism: 'tls.reset',
        previousMechanism: 'ip.drop',
        changedTo: 'tls.eof',
        changedNetworks: [{ asn: 8359, networkName: 'MTS' }],
      },
    });
    assert.deepEqual(renderAlerts([changed], reader).paragraphs[0]?.split('\n'), [
      'Before: packets to the address vanish. Now: the connection is closed in the TLS handshake.',
      'Changed by 14 Mar 2022, 00:05 Moscow (13 Mar 21:05 UTC): MTS (AS8359).',
    ]);
  });

  test('a wider scope says what came to it first, and since when the restriction goes on last', () => {
    const wider = makeAlert({
      kind: 'scope_changed',
      facts: {
        ...makeAlert().facts,
        addedNetworks: [{ asn: 8359, networkName: 'MTS' }],
        addedParts: ['service'],
        addedPartNetworks: [{ asn: 8359, networkName: 'MTS' }],
        isMechanismMixed: true,
      },
    });
    const message = renderAlerts([wider], reader);
    assert.equal(message.subject, 'Instagram now blocked in Russia on 4 networks');
    assert.deepEqual(message.paragraphs[0]?.split('\n'), [
      'Newly restricted by 14 Mar 2022, 00:05 Moscow (13 Mar 21:05 UTC): MTS (AS8359).',
      'Newly restricted by 14 Mar 2022, 00:05 Moscow (13 Mar 21:05 UTC): whole service on MTS (AS8359).',
      'How, on most networks: the connection is reset once the service is named.',
      'Networks: Rostelecom (AS12389), MTS (AS8359).',
      'Blocked on 4 of 6 networks measured.',
      'The restriction first appeared after 14 Mar 2022, 00:00 Moscow (13 Mar 21:00 UTC), by 14 Mar 2022, 00:05 Moscow (13 Mar 21:05 UTC).',
    ]);
  });

  test('a time of effect that has passed is told as past, and a statement has none', () => {
    const facts = { ...announced.facts, effectiveLatestMs: OPENED_MS + 3 * HOUR_MS };
    const tell = (change: Partial<AlertEvent>): string | undefined =>
      renderAlerts([{ ...announced, facts, ...change }], reader).paragraphs[0];
    assert.match(tell({ knownMs: OPENED_MS }) ?? '', /^Service: Instagram\.\nTakes effect between/);
    assert.match(tell({ knownMs: OPENED_MS + 4 * HOUR_MS }) ?? '', /\nTook effect between/);
    assert.match(tell({ facts: {} }) ?? '', /No source says when it takes effect/);
    assert.equal(tell({ facts: { isStatement: true } }), 'Service: Instagram.');
  });

  const SUBJECTS = [
    ['en', [makeMany(12)], 'Announced, 12 countries: Access to Instagram to be restricted'],
    ['ru', [makeMany(12)], '12 стран, объявлено: Access to Instagram to be restricted'],
    ['uk', [makeMany(5)], '5 країн, оголошено: Access to Instagram to be restricted'],
    ['en', [makeMany(0)], 'Announced: Access to Instagram to be restricted'],
    ['ru', [makeMany(0)], 'Объявлено: Access to Instagram to be restricted'],
    ['en', [freed(1)], 'Instagram in Russia: reachable again on MTS, still blocked on 4 networks'],
    [
      'en',
      [freed(2)],
      'Instagram in Russia: reachable again on 2 networks, still blocked on 4 networks',
    ],
    [
      'ru',
      [freed(2)],
      'Россия: доступ к Instagram восстановлен в 2 сетях, блокировка остаётся в 4 сетях',
    ],
    [
      'uk',
      [freed(1)],
      'Росія: доступ до Instagram відновлено у мережі MTS, блокування лишається у 4 мережах',
    ],
    ['en', [changed(1)], 'Instagram in Russia: restricted in another way on MTS'],
    ['ru', [changed(2)], 'Россия: изменился способ ограничения Instagram в 2 сетях'],
    ['ru', [makeAlert()], 'Россия: блокировка Instagram в 4 сетях'],
    ['uk', [makeAlert()], 'Росія: блокування Instagram у 4 мережах'],
    ['ru', [makeAlert({ facts: { restricted: 21 } })], 'Россия: блокировка Instagram в 21 сети'],
    ['en', [makeAlert({ facts: { restricted: 1 } })], 'Instagram blocked in Russia on 1 network'],
    [
      'en',
      [makeAlert({ facts: { mechanism: 'tls.throttle.sni' }, asns: [] })],
      'Instagram slowed in Russia',
    ],
    [
      'en',
      [makeAlert({ services: ['whatsapp'], asns: [], facts: { parts: ['calls'] } })],
      'WhatsApp (calls) blocked in Russia',
    ],
    [
      'en',
      [makeAlert({ services: ['facebook', 'instagram'], asns: [], facts: {} })],
      'Facebook and Instagram blocked in Russia',
    ],
    ['en', [announced], 'Announced, Russia: Access to Instagram to be restricted'],
    ['en', [makeClosed()], 'Instagram reachable again in Russia'],
    ['en', [makeAlert(), makeClosed()], 'Instagram reachable again in Russia after 5 h 20 min'],
    ['ru', [makeAlert(), makeClosed()], 'Россия: доступ к Instagram восстановлен через 5 ч 20 мин'],
  ] as const;
  for (const [locale, events, subject] of SUBJECTS)
    test(subject, () => assert.equal(renderAlerts(events, { ...reader, locale }).subject, subject));

  for (const locale of LOCALES) {
    test(`every kind has words in ${locale}, with facts and without`, () => {
      for (const kind of ALERT_KINDS)
        for (const facts of [
          {},
          { ...makeAlert().facts, ...makeClosed().facts, ...announced.facts },
        ]) {
          const message = renderAlerts([makeAlert({ kind, facts })], { ...reader, locale });
          const all = [message.subject, ...message.paragraphs].join('\n');
          assert.ok(message.subject.length > 0 && message.subject.length <= 200, kind);
          assert.doesNotMatch(all, /undefined|NaN|Invalid|\{|\}|alert\./, kind);
          assert.ok(message.paragraphs.length > 0, `${kind}: says nothing more`);
        }
    });
  }
});

suite('several', () => {
  test('a restriction that came and went is told once, with its length and the bounds of it', () => {
    const message = renderAlerts([makeClosed(), makeAlert()], reader);
    assert.equal(message.events.length, 2);
    assert.match(
      message.paragraphs[0] ?? '',
      /^Was blocked from 14 Mar 2022, 00:05 Moscow \(13 Mar 21:05 UTC\) to 14 Mar 2022, 05:25 Moscow \(02:25 UTC\), 5 h 20 min\.\nMeasured in rounds: it lasted at least 5 h 15 min and at most 5 h 25 min\./,
    );
  });

  test('different things: the worst first, the others counted, caveats once', () => {
    const other = makeAlert({
      id: 'facebook/opened',
      services: ['facebook'],
      severity: 'minor',
      subject: { kind: 'incident', id: 'facebook-ru' },
    });
    const message = renderAlerts([announced, other, makeAlert()], reader);
    assert.equal(message.subject, 'Instagram blocked in Russia on 4 networks; and 2 more');
    assert.equal(message.severity, 'critical');
    assert.equal(message.url, 'https://reachline.example/en/');
    const text = message.paragraphs.join('\n\n');
    assert.equal(text.split('who ordered it').length, 2);
    assert.match(text, /Facebook blocked in Russia on 4 networks\n/);
  });

  const MERGES: readonly (readonly [
    what: string,
    events: readonly AlertEvent[],
    kinds: readonly string[],
  ])[] = [
    ['the same event twice', [makeAlert(), makeAlert()], ['incident_opened']],
    [
      'more networks after the opening',
      [
        makeAlert(),
        makeAlert({
          id: 'x',
          kind: 'scope_changed',
          atMs: OPENED_MS + 1,
          facts: { restricted: 6 },
        }),
      ],
      ['incident_opened'],
    ],
    [
      'unstable after the opening',
      [makeAlert(), makeAlert({ id: 'x', kind: 'incident_unstable', atMs: OPENED_MS + 1 })],
      ['incident_unstable'],
    ],
    [
      'closed, and a word on it that came late',
      [
        makeAlert(),
        makeClosed(),
        makeAlert({ id: 'x', kind: 'scope_changed', atMs: CLOSED_MS + 1 }),
      ],
      ['incident_closed'],
    ],
    [
      'silent and back',
      [
        makeAlert({ id: 's', kind: 'vantage_silent', subject: { kind: 'vantage', id: 'v' } }),
        makeAlert({
          id: 'b',
          kind: 'vantage_back',
          atMs: CLOSED_MS,
          subject: { kind: 'vantage', id: 'v' },
        }),
      ],
      ['vantage_back'],
    ],
    [
      'restricted, and not announced',
      [makeAlert(), makeAlert({ id: 'n', kind: 'measured_not_announced' })],
      ['incident_opened', 'measured_not_announced'],
    ],
    ['nothing', [], []],
  ];
  for (const [what, events, kinds] of MERGES)
    test(`${what}: ${kinds.join(', ')}`, () =>
      assert.deepEqual(
        mergeAlerts(events).map(({ event }) => event.kind),
        kinds,
      ));

  test('an opening that was updated says the newest number of networks', () => {
    const wider = makeAlert({
      id: 'x',
      kind: 'scope_changed',
      atMs: OPENED_MS + 1,
      facts: { restricted: 6 },
    });
    assert.match(renderAlerts([wider, makeAlert()], reader).subject, /on 6 networks/);
  });

  const shares = [
    ['en', makeAlert(), 'Blocked on 4 of 6 networks measured.'],
    ['ru', makeAlert(), 'Заблокировано в 4 из 6 измеренных сетей.'],
    ['uk', makeAlert(), 'Заблоковано у 4 з 6 виміряних мереж.'],
    [
      'ru',
      makeAlert({ facts: { restricted: 1, measured: 1, mechanism: 'throttle.rate' } }),
      'Замедлено в 1 из 1 измеренной сети.',
    ],
    ['en', makeClosed({ facts: { restricted: 2, measured: 4 } }), 'It was blocked on 2 of 4'],
  ] as const;
  for (const [locale, event, line] of shares)
    test(line, () => {
      const { paragraphs } = renderAlerts([event], { ...reader, locale });
      assert.ok(paragraphs.join('\n').includes(line), paragraphs.join('\n'));
    });

  test('that a restriction told of was not announced is one line more', () => {
    const message = renderAlerts(
      [makeAlert(), makeAlert({ id: 'n', kind: 'measured_not_announced' })],
      reader,
    );
    assert.equal(message.paragraphs[1], 'Instagram blocked in Russia without an announcement');
    assert.equal(message.subject, 'Instagram blocked in Russia on 4 networks');
    assert.equal(message.url, 'https://reachline.example/en/i/instagram-ru-20220313t2105z');
  });

  test('no events are a mistake of the caller', () => {
    assert.throws(() => renderAlerts([], reader), RangeError);
  });
});

suite('digests', () => {
  const story = (n: number, isClosed: boolean): AlertEvent[] => {
    const subject = { kind: 'incident', id: `i-${n}` } as const;
    const opened = makeAlert({ id: `o-${n}`, subject });
    return isClosed ? [opened, makeClosed({ id: `c-${n}`, subject })] : [opened];
  };
  const old = makeClosed({ id: 'old', subject: { kind: 'incident', id: 'old' } });
  const ROWS = [
    [
      'en',
      [...story(1, true), ...story(2, true), ...story(3, false)],
      '3 restrictions opened, 2 of them have closed',
    ],
    [
      'ru',
      [...story(1, true), ...story(2, true), ...story(3, false)],
      '3 новых ограничения, 2 из них закончились',
    ],
    ['uk', [...story(1, true), ...story(2, false)], '2 нові обмеження, 1 з них закінчилося'],
    ['en', story(1, false), '1 restriction opened'],
    [
      'en',
      [old, announced],
      'No new restrictions. 1 earlier restriction has ended. Other messages: 1',
    ],
  ] as const;
  for (const [locale, events, subject] of ROWS)
    test(subject, () => {
      const message = renderDigest(events, { ...reader, locale }, day);
      assert.equal(message.subject, subject);
      assert.equal(message.url, `https://reachline.example/${locale}/`);
    });

  test('what was held says so, and when', () => {
    const held = renderDigest(
      story(1, false),
      { ...reader, timeZone: 'UTC' },
      { ...day, kind: 'held' },
    );
    assert.equal(
      held.paragraphs[0],
      'Held during your quiet hours, from 13 Mar 2022, 20:05 UTC to 14 Mar 2022, 20:05 UTC.',
    );
  });

  test('hundreds of events stay readable, and what is left out is counted', () => {
    const many = Array.from({ length: 300 }, (_, n) => story(n, false)).flat();
    const message = renderDigest(many, reader, day);
    assert.match(message.subject, /^300 restrictions opened$/);
    assert.ok(message.paragraphs.join('').length < 20_000);
    assert.ok(message.paragraphs.some((one) => one === '280 more are on the site.'));
  });
});

test('a title cannot break lines, hide, turn the direction or grow', () => {
  const title = `\u202eevil\u2066 Title\r\nBcc: all@example.org\u0000 ${'x'.repeat(10_000)}`;
  const networkName = `Net\u202e\n${'y'.repeat(10_000)}`;
  const message = renderAlerts(
    [
      { ...announced, facts: { title } },
      makeAlert({ facts: { networks: [{ asn: 1, networkName }], restricted: 1 } }),
    ],
    reader,
  );
  const lines = [message.subject, ...message.paragraphs.flatMap((one) => one.split('\n'))];
  for (const line of lines) {
    assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200e\u200f]/u);
    assert.ok(line.length < 600, line.slice(0, 80));
    assert.doesNotMatch(line, /^Bcc/);
  }
  assert.ok(message.subject.length <= 200);
});
