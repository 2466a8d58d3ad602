/** The evidence under a verdict: certificates that were presented, and everything as JSON. */
import { html } from 'hono/html';
import type { Say } from '../i18n/say.ts';
import { formatDay } from '../i18n/times.ts';
import type { MeasurementData, ReadCertificate } from './measurement.ts';
import { type Fragment, renderMessage } from './rich-text.ts';

/** More characters than this stay behind the link, so that a phone can open the page. */
const MAX_RAW_CHARACTERS = 60_000;

function renderCertificate(certificate: ReadCertificate, say: Say): Fragment {
  const { sha256, subject, issuer, validFromMs, validToMs, names } = certificate;
  const utc = { ...say, timeZone: 'UTC' };
  const valid = [validFromMs, validToMs].flatMap((atMs) =>
    atMs === undefined ? [] : [formatDay(atMs, utc)],
  );
  return html`<tr><td>${subject ?? say.text('measurement.unreadable_certificate')}</td><td>${issuer}</td><td>${valid.join(' – ')}</td>
    <td class="asked">${names}</td><td><code class="hash">${sha256}</code></td></tr>`;
}

function renderCertificates(certificates: readonly ReadCertificate[], say: Say): Fragment {
  if (certificates.length === 0)
    return html`<p class="quiet">${say.text('measurement.no_certificate')}</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${say.text('measurement.certificates_table')}"><table class="list wide">
    <caption class="unseen">${say.text('measurement.certificates_caption')}</caption>
    <thead><tr><th scope="col">${say.text('measurement.subject')}</th><th scope="col">${say.text('measurement.issuer')}</th><th scope="col">${say.text('measurement.valid')}</th><th scope="col">${say.text('measurement.names')}</th><th scope="col">SHA-256</th></tr></thead>
    <tbody>${certificates.map((certificate) => renderCertificate(certificate, say))}</tbody></table></div>`;
}

/** Renders certificates and raw JSON. */
export function renderEvidenceDetails(data: MeasurementData, jsonUrl: string, say: Say): Fragment {
  const isCut = data.rawJson.length > MAX_RAW_CHARACTERS;
  const link = html`<a href="${jsonUrl}">${say.text('measurement.raw_json_link')}</a>`;
  return html`<section aria-labelledby="certificates"><h2 id="certificates">${say.text('measurement.certificates')}</h2>${renderCertificates(data.certificates, say)}</section>
  <section aria-labelledby="raw"><h2 id="raw">${say.text('measurement.raw')}</h2>
    <p>${renderMessage(say, 'measurement.raw_json', { link })}</p>
    <details><summary>${say.text('measurement.show_here')}</summary>
      <pre tabindex="0" role="region" aria-label="${say.text('measurement.evidence_as_json')}">${isCut ? data.rawJson.slice(0, MAX_RAW_CHARACTERS) : data.rawJson}</pre>
      ${isCut ? html`<p class="quiet">${say.text('measurement.cut')}</p>` : ''}
    </details></section>`;
}
