/** Networks with their state now and their last twelve months, grouped by what is found on them. */
import { html } from 'hono/html';
import type { NetworkState } from '../../db/availability-types.ts';
import type { LaneState, Vantage } from '../../probes/types.ts';
import type { ColumnBucket } from '../columns.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import type { Say } from '../i18n/say.ts';
import { joinWords } from '../i18n/say.ts';
import { formatAge, formatDay } from '../i18n/times.ts';
import { sayFunction, sayMechanism, sayState } from '../i18n/words.ts';
import { LOOKS } from '../palette.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderInterval } from './interval.ts';
import { listSince } from './since.ts';
import { renderDotted, toStateClass } from './states.ts';
import {
  describeStrip,
  renderStrip,
  type StripMark,
  type StripRange,
  toStripColumns,
} from './year-strip.ts';

/** A network with what its page entry is drawn from. */
export type NetworkView = {
  readonly network: NetworkState;
  readonly access: readonly Vantage['access'][];
  /** Days of all its vantages. */
  readonly buckets: readonly ColumnBucket[];
};

/** Where the network has a page: its own, or that of its only vantage when the number is not known. */
function toNetworkPath({ asn, vantageIds }: NetworkState): string {
  return asn === 0 ? `/v/${vantageIds[0] ?? ''}` : `/as/${asn}`;
}

/** The look of a network's state; `partly` looks like what it is mostly: slowed. */
export const NETWORK_LOOKS: Readonly<Record<NetworkState['state'], LaneState>> = {
  blocked: 'blocked',
  partly: 'impaired',
  reachable: 'ok',
  cannot_tell: 'insufficient',
};

/** The state in words, e.g. `blocked`, `slowed`, `cannot tell`. */
function sayNetworkState({ state, isOnlySlowed }: NetworkState, say: Say): string {
  if (state !== 'partly') return sayState(say, NETWORK_LOOKS[state]);
  return say.text(isOnlySlowed ? 'answer.slowed' : 'answer.partly_blocked');
}

/** Glyph and words of a network's state. */
export function renderNetworkState(network: NetworkState, say: Say): Fragment {
  const look = NETWORK_LOOKS[network.state];
  return html`<span class="state ${toStateClass(look)}"><span class="glyph" aria-hidden="true">${LOOKS[look].glyph}</span>&nbsp;${sayNetworkState(network, say)}</span>`;
}

/** Why it cannot be told. */
function sayDoubt({ isUnsettled, lastToldMs }: NetworkState, { say, nowMs }: Frame): string {
  if (isUnsettled) return say.text('answer.not_lasting');
  return lastToldMs === undefined
    ? say.text('answer.no_word_yet')
    : say.text('answer.last_data', { age: formatAge(lastToldMs, nowMs, say) });
}

/** The measurements on both sides of the full block, where that is another time than the first restriction. */
export function pickBlockEvidence({
  since,
  blockedSince,
  blockedEvidence,
}: NetworkState): NetworkState['blockedEvidence'] {
  return listSince({
    ...(since === undefined ? {} : { since }),
    ...(blockedSince === undefined ? {} : { blockedSince }),
  }).length > 1
    ? blockedEvidence
    : undefined;
}

function renderWhat(network: NetworkState, frame: Frame): Fragment {
  const { say } = frame;
  const { since, mechanism, mechanismFromMs, parts } = network;
  const functions = parts.filter((part) => part !== 'service');
  const isWhole = functions.length < parts.length;
  return html`${renderNetworkState(network, say)}
    ${network.state === 'cannot_tell' ? html`<span class="quiet">${sayDoubt(network, frame)}</span>` : ''}
    ${parts.length === 0 ? '' : listSince(network).map(({ kind, interval }) => html`<span class="quiet">${say.text(`answer.since.${kind}`)}: ${renderInterval(interval, say)}</span>`)}
    ${
      isWhole || functions.length === 0
        ? ''
        : html`<span class="quiet">${say.text('answer.parts', {
            parts: joinWords(
              functions.map((part) => sayFunction(say, part)),
              say,
            ),
          })}</span>`
    }
    ${
      mechanism === undefined || parts.length === 0
        ? ''
        : html`<span class="net-means"><code title="${sayMechanism(say, mechanism)}">${renderDotted(mechanism)}</code>${
            mechanismFromMs === undefined || mechanismFromMs === since?.byMs
              ? ''
              : html` <span class="quiet">${say.text('answer.means_from', { day: formatDay(mechanismFromMs, say) })}</span>`
          }</span>`
    }`;
}

function renderEvidence(network: NetworkState, frame: Frame): Fragment {
  const { say } = frame;
  const { evidence, lastToldId } = network;
  const links = (
    [
      ['effect.before', evidence?.lastGoodId],
      ['effect.after', evidence?.firstBadId],
      ['answer.block', pickBlockEvidence(network)?.firstId],
      ['effect.newest', lastToldId],
    ] as const
  ).flatMap(([key, id]) =>
    id === undefined ? [] : [html`<a href="${linkTo(frame, `/m/${id}`)}">${say.text(key)}</a>`],
  );
  return html`${links.map((link, index) => html`${index === 0 ? '' : ' · '}${link}`)}`;
}

/** A strip with its words. */
export function renderStripCell(
  buckets: readonly ColumnBucket[],
  range: StripRange,
  say: Say,
  marks: readonly StripMark[] = [],
): Fragment {
  const columns = toStripColumns(buckets, range);
  return html`<span class="net-strip">${renderStrip(columns, marks)}<span class="strip-words">${describeStrip(columns, say)}</span></span>`;
}

/** What a list of networks is drawn with. */
export type NetworkList = {
  readonly range: StripRange;
  readonly marks: readonly StripMark[];
};

function renderNetwork(
  { network, access, buckets }: NetworkView,
  { range, marks }: NetworkList,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const about = [
    ...(network.asn === 0 ? [] : [`AS${network.asn}`]),
    ...access.filter((one) => one !== 'unknown').map((one) => say.text(`vantages.access.${one}`)),
  ].join(' · ');
  return html`<li><span class="net-name"><a href="${linkTo(frame, toNetworkPath(network))}">${sayNetwork(say, network.networkName)}</a> <span class="quiet">${about}</span></span>
    <span class="net-what">${renderWhat(network, frame)}</span>
    ${renderStripCell(buckets, range, say, marks)}
    <span class="net-links">${renderEvidence(network, frame)}</span></li>`;
}

const GROUPS = ['blocked', 'partly', 'reachable', 'cannot_tell'] as const;

/** The networks by what is found on them, the restricted first. */
export function renderNetworks(
  views: readonly NetworkView[],
  list: NetworkList,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const isRestricted = views.some(({ network }) => network.state === 'blocked');
  return html`${GROUPS.map((state) => {
    const group = views
      .filter(({ network }) => network.state === state)
      .toSorted(
        (a, b) =>
          (a.network.since?.byMs ?? 0) - (b.network.since?.byMs ?? 0) ||
          a.network.networkName.localeCompare(b.network.networkName),
      );
    if (group.length === 0) return '';
    const heading = state === 'reachable' && isRestricted ? 'still_reachable' : state;
    return html`<h3>${say.text(`answer.group.${heading}`, { n: group.length })}</h3>
    <ul class="nets">${group.map((view) => renderNetwork(view, list, frame))}</ul>`;
  })}`;
}
