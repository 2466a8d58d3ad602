/** How sure an answer is and why, and what cannot be seen from the vantages that it rests on. */
import { html } from 'hono/html';
import type { BlindSpot, Confidence, Mechanism, Reason, Vantage } from '../../probes/types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import { sayIn } from '../i18n/places.ts';
import type { Say } from '../i18n/say.ts';
import { formatDuration } from '../i18n/times.ts';
import { sayMechanism, saySureness } from '../i18n/words.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderMessage } from './rich-text.ts';
import { renderSentence } from './sentences.ts';
import { renderDotted } from './states.ts';
import { renderTime } from './time.ts';

/** What speaks for the answer. */
export type Sureness = {
  /** Absent when there is no answer. */
  readonly level?: Confidence;
  /** Networks by the confidence of their newest verdict. */
  readonly confidences: Readonly<Record<Confidence, number>>;
  /** Networks by the means of their restriction, most first. */
  readonly mechanisms: readonly { readonly mechanism: Mechanism; readonly networks: number }[];
  /** The newest run of a control; absent when none measures the service. */
  readonly control?: {
    readonly networkName: string;
    readonly id: string;
    readonly atMs: number;
    readonly isOk: boolean;
    /** Between it and the newest run here; 0 in the same round. */
    readonly distanceMs: number;
  };
  /** The newest run on one of the networks, and what it says for its verdict. */
  readonly example?: {
    readonly id: string;
    readonly networkName: string;
    readonly reasons: readonly Reason[];
  };
};

/** What cannot be seen. */
export type Blindness = {
  readonly countryCode: string;
  /** Networks that tell of now. */
  readonly networks: number;
  /** Access of all their vantages, each once. */
  readonly access: readonly Vantage['access'][];
  readonly delayedVantages: number;
  readonly importedNetworks: number;
  /** What the media of the vantages cannot show, with the names of the networks. */
  readonly spots: readonly { readonly spot: BlindSpot; readonly networks: readonly string[] }[];
};

function renderControl({ control }: Sureness, service: string, frame: Frame): Fragment {
  const { say } = frame;
  if (control === undefined) return html`${say.text('answer.sure.control_none', { service })}`;
  const { networkName, id, atMs, isOk, distanceMs } = control;
  const shared = {
    name: sayNetwork(say, networkName),
    service,
    time: html`<a href="${linkTo(frame, `/m/${id}`)}">${renderTime(atMs, say)}</a>`,
  };
  if (!isOk) return renderMessage(say, 'answer.sure.control_failed', shared);
  return distanceMs === 0
    ? renderMessage(say, 'answer.sure.control_same', shared)
    : renderMessage(say, 'answer.sure.control_near', {
        ...shared,
        distance: formatDuration(distanceMs, say),
      });
}

function renderExample({ example }: Sureness, frame: Frame): Fragment {
  const { say } = frame;
  if (example === undefined || example.reasons.length === 0) return html``;
  const newest = html`<a href="${linkTo(frame, `/m/${example.id}`)}">${say.text('answer.sure.newest', { network: sayNetwork(say, example.networkName) })}</a>`;
  return html`<li>${renderMessage(say, 'answer.sure.signals', { newest, n: example.reasons.length })}
    <ul>${example.reasons.map(({ text }) => html`<li>${renderSentence(say, 'reasons', text)}</li>`)}</ul></li>`;
}

/** Networks by confidence, e.g. `high 29, medium 2`. */
function listConfidences(confidences: Sureness['confidences'], say: Say): string {
  return (['high', 'medium', 'low'] as const)
    .filter((level) => confidences[level] > 0)
    .map((level) => `${saySureness(say, level)} ${confidences[level]}`)
    .join(', ');
}

/** The section on how sure the answer is. */
export function renderSureness(sureness: Sureness, service: string, frame: Frame): Fragment {
  const { say } = frame;
  const { level, confidences, mechanisms } = sureness;
  return html`<section aria-labelledby="sure"><h2 id="sure">${say.text('answer.sure_title')}</h2>
  <p><strong>${say.text(`answer.sure.${level ?? 'none'}`)}</strong> ${
    level === undefined
      ? ''
      : say.text('answer.sure.verdicts', { list: listConfidences(confidences, say) })
  }</p>
  <ul>${mechanisms.map(
    ({ mechanism, networks }) =>
      html`<li>${renderMessage(say, 'answer.sure.mechanism', {
        n: networks,
        mechanism: html`${sayMechanism(say, mechanism)} <code>${renderDotted(mechanism)}</code>`,
      })}</li>`,
  )}
    <li>${renderControl(sureness, service, frame)}</li>
    ${renderExample(sureness, frame)}
    <li>${say.text('answer.sure.lasting')} <a href="${linkTo(frame, '/method')}">${say.text('answer.sure.method')}</a></li></ul></section>`;
}

/** Fewer networks than this are few for a country. */
const FEW_NETWORKS = 5;

/** The section on what is not seen. */
export function renderBlindness(blindness: Blindness, frame: Frame): Fragment {
  const { say } = frame;
  const { networks, access, delayedVantages, importedNetworks, spots } = blindness;
  const known = access.filter((one) => one !== 'unknown');
  const [only] = known;
  const lines = [
    networks > 0 && networks < FEW_NETWORKS
      ? say.text('answer.blind.few', { n: networks, place: sayIn(say, blindness.countryCode) })
      : say.text('answer.blind.others'),
    ...(networks > 0 && !access.includes('mobile') ? [say.text('answer.blind.no_mobile')] : []),
    ...(networks > 0 && !access.includes('fixed') ? [say.text('answer.blind.no_fixed')] : []),
    ...(known.length === 1 && only !== undefined && networks > 1
      ? [say.text('answer.blind.only_access', { access: say.text(`vantages.access.${only}`) })]
      : []),
    ...(delayedVantages > 0 ? [say.text('answer.blind.delayed', { n: delayedVantages })] : []),
    ...(importedNetworks > 0 ? [say.text('answer.blind.imported', { n: importedNetworks })] : []),
  ];
  return html`<section aria-labelledby="blind"><h2 id="blind">${say.text('answer.blind_title')}</h2>
  <ul>${lines.map((line) => html`<li>${line}</li>`)}${spots.map(
    ({ spot, networks: names }) =>
      html`<li>${say.text(`vantages.blind.${spot}`)} <span class="quiet">${names.join(', ')}</span></li>`,
  )}</ul></section>`;
}
