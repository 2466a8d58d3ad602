/** Every kind of answer as a sentence, in every language. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Availability, NetworkState } from '../../db/availability-types.ts';
import { speak } from '../i18n/catalogue.ts';
import { LOCALES } from '../i18n/locale.ts';
import { sayAnswer, sayAnswerWord } from './answer-sentence.ts';

const NOW_MS = Date.UTC(2026, 10, 28, 12);
const HOUR_MS = 3_600_000;

const counts = (blocked: number, partly: number, reachable: number) => ({
  blocked,
  partly,
  reachable,
});

function makeNetwork(change: Partial<NetworkState>): NetworkState {
  return {
    asn: 64_512,
    networkName: 'Volga',
    vantageIds: ['volga'],
    state: 'partly',
    isUnsettled: false,
    parts: ['service'],
    isOnlySlowed: false,
    ...change,
  };
}

function makeAnswer(change: Partial<Availability>): Availability {
  return {
    service: 'instagram',
    countryCode: 'RU',
    answer: 'cannot_tell',
    networks: [],
    ...counts(0, 0, 0),
    cannotTell: 0,
    ...change,
  };
}

type Row = {
  readonly name: string;
  readonly answer: Partial<Availability>;
  readonly said: Readonly<Record<'en' | 'ru' | 'uk', string>>;
};

const rows: readonly Row[] = [
  {
    name: 'blocked on most',
    answer: { answer: 'yes', ...counts(31, 0, 5) },
    said: {
      en: 'Yes. Instagram is blocked in Russia on 31 of 36 networks measured.',
      ru: 'Да. Instagram заблокирован в России: в 31 из 36 измеренных сетей.',
      uk: 'Так. Instagram заблоковано в Росії: у 31 з 36 виміряних мереж.',
    },
  },
  {
    name: 'a failure that has not lasted',
    answer: { reason: { kind: 'not_lasting', unsettled: 2, networks: 3 } },
    said: {
      en: 'We cannot tell. On 2 of 3 networks in Russia Instagram fails right now. That counts once it has lasted while the service answers elsewhere, and too few other networks tell.',
      ru: 'Нельзя сказать. Instagram сейчас не работает в России в 2 из 3 сетей. Сбой засчитывается, если он длится, а в других местах сервис отвечает; данных других сетей слишком мало.',
      uk: 'Не можна сказати. Instagram зараз не працює в Росії у 2 з 3 мереж. Збій враховується, якщо він триває, а в інших місцях сервіс відповідає; даних інших мереж замало.',
    },
  },
  {
    name: 'blocked on all',
    answer: { answer: 'yes', ...counts(2, 0, 0) },
    said: {
      en: 'Yes. Instagram is blocked in Russia on all 2 networks measured.',
      ru: 'Да. Instagram заблокирован в России во всех 2 измеренных сетях.',
      uk: 'Так. Instagram заблоковано в Росії в усіх 2 виміряних мережах.',
    },
  },
  {
    name: 'reachable, in a country without a phrase',
    answer: { answer: 'no', countryCode: 'KZ', ...counts(0, 0, 3) },
    said: {
      en: 'No. Instagram is not blocked in Kazakhstan: it is reachable on all 3 networks measured.',
      ru: 'Нет. Instagram не заблокирован в стране Казахстан: он доступен во всех 3 измеренных сетях.',
      uk: 'Ні. Instagram не заблоковано у країні Казахстан: він доступний в усіх 3 виміряних мережах.',
    },
  },
  {
    name: 'partly, with every part',
    answer: {
      answer: 'partly',
      ...counts(1, 2, 2),
      networks: [makeNetwork({ isOnlySlowed: true }), makeNetwork({})],
    },
    said: {
      en: 'Partly. Instagram is restricted in Russia on 3 of 5 networks measured: blocked on 1, slowed on 1, and in part on 1.',
      ru: 'Частично. Instagram ограничен в России в 3 из 5 измеренных сетей: заблокирован в 1, замедлен в 1 и отчасти в 1.',
      uk: 'Частково. Instagram обмежено в Росії у 3 з 5 виміряних мереж: заблоковано у 1, сповільнено у 1 і частково у 1.',
    },
  },
  {
    name: 'slowed alone',
    answer: {
      answer: 'partly',
      ...counts(0, 2, 0),
      networks: [makeNetwork({ isOnlySlowed: true }), makeNetwork({ isOnlySlowed: true })],
    },
    said: {
      en: 'Partly. Instagram is restricted in Russia on 2 of 2 networks measured: slowed on 2.',
      ru: 'Частично. Instagram ограничен в России в 2 из 2 измеренных сетей: замедлен в 2.',
      uk: 'Частково. Instagram обмежено в Росії у 2 з 2 виміряних мереж: сповільнено у 2.',
    },
  },
  {
    name: 'nothing measured',
    answer: { reason: { kind: 'nothing_measured' } },
    said: {
      en: 'We cannot tell. No network in Russia is measured, so there is nothing to answer with.',
      ru: 'Нельзя сказать. Ни одна сеть в России не измеряется, поэтому ответить нечем.',
      uk: 'Не можна сказати. Жодна мережа в Росії не вимірюється, тож відповісти нічим.',
    },
  },
  {
    name: 'nothing told',
    answer: { reason: { kind: 'nothing_told', networks: 3 } },
    said: {
      en: 'We cannot tell. 3 networks measured in Russia, and no result so far decides whether Instagram is blocked.',
      ru: 'Нельзя сказать. Измеряются 3 сети в России, но ни один результат пока не позволяет судить, заблокирован ли Instagram.',
      uk: 'Не можна сказати. Вимірюються 3 мережі в Росії, але жоден результат поки не дає судити, чи заблоковано Instagram.',
    },
  },
  {
    name: 'one network',
    answer: { reason: { kind: 'few_networks', networks: 1 } },
    said: {
      en: 'We cannot tell. Only 1 network measured in Russia, too few to speak of a country.',
      ru: 'Нельзя сказать. Измеряется всего 1 сеть в России: этого мало, чтобы говорить о стране.',
      uk: 'Не можна сказати. Вимірюється лише 1 мережа в Росії: цього замало, щоб говорити про країну.',
    },
  },
  {
    name: 'few with data',
    answer: {
      reason: {
        kind: 'few_with_data',
        telling: 1,
        networks: 4,
        lastToldMs: NOW_MS - 2 * HOUR_MS,
      },
    },
    said: {
      en: 'We cannot tell. 1 of 4 networks in Russia have data that tell of now; last data 2 h ago.',
      ru: 'Нельзя сказать. О нынешнем положении говорят данные 1 из 4 сетей в России; последние данные 2 ч назад.',
      uk: 'Не можна сказати. Про нинішній стан кажуть дані 1 із 4 мереж в Росії; останні дані 2 год тому.',
    },
  },
  {
    name: 'old data',
    answer: {
      reason: { kind: 'no_recent_data', networks: 1, lastToldMs: NOW_MS - 9 * HOUR_MS },
    },
    said: {
      en: 'We cannot tell. 1 network in Russia, last data 9 h ago.',
      ru: 'Нельзя сказать. 1 сеть в России, последние данные 9 ч назад.',
      uk: 'Не можна сказати. 1 мережа в Росії, останні дані 9 год тому.',
    },
  },
];

suite('the answer as a sentence', () => {
  for (const { name, answer, said } of rows)
    for (const locale of LOCALES)
      test(`${name}, ${locale}`, () => {
        const say = speak(locale, 'UTC');
        const availability = makeAnswer(answer);
        const asked = { serviceName: 'Instagram', nowMs: NOW_MS };
        const text = `${sayAnswerWord(availability, say)} ${sayAnswer(availability, asked, say)}`;
        assert.equal(text.replaceAll(' ', ' '), said[locale]);
      });
});
