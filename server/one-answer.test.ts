/** Board, answer page, JSON, CSV, badge and map speak of the same moment, so they must say the same. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type BusyRegion, openBusyRegion } from './testing/busy-region.ts';

type Network = { readonly state: string; readonly isUnsettled: boolean };
type Answer = {
  readonly service: string;
  readonly countryCode: string;
  readonly answer: 'yes' | 'no' | 'partly' | 'cannot_tell';
  readonly reason: { readonly kind: string } | null;
  readonly counts: Readonly<Record<'blocked' | 'partly' | 'reachable' | 'cannotTell', number>>;
  readonly networks: readonly Network[];
};

/** The look of an answer, and of what is found on a network. */
const LOOKS = {
  yes: 'blocked',
  partly: 'impaired',
  no: 'ok',
  cannot_tell: 'insufficient',
} as const;
const NETWORK_LOOKS: Readonly<Record<string, string>> = {
  blocked: 'blocked',
  partly: 'impaired',
  reachable: 'ok',
};

function toLook({ answer, reason }: Answer): string {
  return reason?.kind === 'no_recent_data' ? 'no-data' : LOOKS[answer];
}

/** Networks that bear the answer out, of those that tell. */
function toFigures({ answer, counts: { blocked, partly, reachable } }: Answer): string {
  return `${answer === 'yes' ? blocked : blocked + partly}/${blocked + partly + reachable}`;
}

suite('one moment', () => {
  let region: BusyRegion;
  let answers: readonly Answer[];
  const read = async (path: string): Promise<string> => (await region.app.request(path)).text();
  before(async () => {
    region = await openBusyRegion();
    answers = (JSON.parse(await read('/is.json')) as { answers: Answer[] }).answers;
  });
  after(() => region.close());

  test('every kind of answer occurs, and every reason that such a region has', () => {
    const kinds = new Set(answers.map(({ answer, reason }) => reason?.kind ?? answer));
    assert.deepEqual([...kinds].toSorted(), ['no', 'not_lasting', 'partly', 'yes']);
    const likely = answers.find((one) => one.service === 'facebook' && one.countryCode === 'BY');
    assert.deepEqual(likely?.counts, { blocked: 3, partly: 0, reachable: 0, cannotTell: 1 });
  });

  test('what is counted are the networks that are listed', () => {
    for (const { counts, networks } of answers) {
      const of = (state: string) => networks.filter((one) => one.state === state).length;
      assert.deepEqual(counts, {
        blocked: of('blocked'),
        partly: of('partly'),
        reachable: of('reachable'),
        cannotTell: of('cannot_tell'),
      });
    }
  });

  test('the pages of the answers', async () => {
    for (const one of answers) {
      const path = `/en/is/${one.service}/in/${one.countryCode}`;
      const page = await read(path);
      // Of a page the look of what cannot be told is one, silent or not.
      const look = LOOKS[one.answer];
      assert.match(page, new RegExp(`class="answer-sentence state-${look}"`), path);
      for (const [heading, n] of [
        ['Blocked on', one.counts.blocked],
        ['Restricted in part on', one.counts.partly],
        ['(?:Still r|R)eachable on', one.counts.reachable],
        ['Cannot tell on', one.counts.cannotTell],
      ] as const) {
        const found = new RegExp(`<h3>${heading} (\\d+) network`).exec(page)?.[1];
        assert.equal(Number(found ?? 0), n, `${path}: ${heading}`);
      }
      const alone = JSON.parse(await read(`${path.slice(3)}.json`)) as Answer;
      assert.deepEqual([alone.answer, alone.counts], [one.answer, one.counts]);
      const [header = '', ...lines] = (await read(`${path.slice(3)}.csv`)).trim().split(/\r?\n/);
      const column = header.split(',').indexOf('state');
      assert.deepEqual(
        // No name of a network of the sample holds a comma.
        lines.map((line) => line.split(',')[column]),
        one.networks.map(({ state }) => state),
        path,
      );
    }
  });

  test('the board: its table, and the lines above the networks', async () => {
    const board = await read('/en');
    for (const one of answers) {
      const { service, countryCode, counts } = one;
      const place = `${service} in ${countryCode}`;
      const [, cell = ''] =
        new RegExp(
          `(<td class="cell [^"]*" data-label="[^"]*">\\s*<a href="/en/is/${service}/in/${countryCode}">[^]*?</td>)`,
        ).exec(board) ?? [];
      assert.match(cell, new RegExp(`class="cell state-${toLook(one)}"`), place);
      const [restricted, telling] = toFigures(one).split('/');
      if (one.answer === 'yes' || one.answer === 'partly')
        assert.match(cell, new RegExp(`>${restricted} of ${telling} network`), place);
      const [, head = ''] =
        new RegExp(`id="in-${countryCode}"[^]*?<summary>([^]*?)</summary>`).exec(board) ?? [];
      const fact = head
        .split('class="fold-fact"')
        .find((text) => text.toLowerCase().includes(`>${service}<`));
      for (const [state, n] of Object.entries(counts)) {
        const look = NETWORK_LOOKS[state];
        if (look === undefined) continue;
        const found = new RegExp(
          `state-${look}"><span[^>]*>[^<]*</span>&nbsp;[^<]*</span> (\\d+)<`,
        ).exec(fact ?? '')?.[1];
        assert.equal(Number(found ?? 0), n, `${place}: ${state}`);
      }
    }
  });

  test('badges and maps', async () => {
    const words = { yes: 'blocked', partly: 'restricted in part', no: 'not blocked' } as const;
    for (const one of answers) {
      const place = `${one.service}/${one.countryCode}`;
      const badge = await read(`/badge/${place}.svg`);
      const word = one.answer === 'cannot_tell' ? 'cannot tell' : words[one.answer];
      assert.ok(badge.includes(word), `${place}: ${word}`);
      assert.equal(badge.includes(toFigures(one)), !toFigures(one).endsWith('/0'), place);
      const map = await read(`/en/map?service=${one.service}`);
      const [, row = ''] =
        new RegExp(
          `<tr><th scope="row"><a href="/en/is/${one.service}/in/${one.countryCode}">([^]*?)</tr>`,
        ).exec(map) ?? [];
      assert.match(row, new RegExp(`class="state state-${toLook(one)}"`), place);
    }
  });
});
