/** The evidence under a verdict: certificates that were presented, and everything as JSON. */
import { html } from 'hono/html';
import type { Fragment } from './frame.ts';
import type { MeasurementData, ReadCertificate } from './measurement.ts';

/** More characters than this stay behind the link, so that a phone can open the page. */
const MAX_RAW_CHARACTERS = 60_000;

function renderCertificate(certificate: ReadCertificate): Fragment {
  return html`<tr><td>${certificate.subject}</td><td>${certificate.issuer}</td><td>${certificate.validFrom} – ${certificate.validTo}</td>
    <td class="asked">${certificate.names}</td><td><code class="hash">${certificate.sha256}</code></td></tr>`;
}

function renderCertificates(certificates: readonly ReadCertificate[]): Fragment {
  if (certificates.length === 0)
    return html`<p class="quiet">No certificate was presented in this run.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of certificates"><table class="list wide">
    <caption class="unseen">Certificates that were presented</caption>
    <thead><tr><th scope="col">Subject</th><th scope="col">Issuer</th><th scope="col">Valid</th><th scope="col">Names</th><th scope="col">SHA-256</th></tr></thead>
    <tbody>${certificates.map(renderCertificate)}</tbody></table></div>`;
}

/** Renders certificates and raw JSON. */
export function renderEvidenceDetails(data: MeasurementData, jsonUrl: string): Fragment {
  const isCut = data.rawJson.length > MAX_RAW_CHARACTERS;
  return html`<section aria-labelledby="certificates"><h2 id="certificates">Certificates</h2>${renderCertificates(data.certificates)}</section>
  <section aria-labelledby="raw"><h2 id="raw">Raw evidence</h2>
    <p><a href="${jsonUrl}">This measurement as JSON</a>, certificates included.</p>
    <details><summary>Show it here</summary>
      <pre tabindex="0" role="region" aria-label="Evidence as JSON">${isCut ? data.rawJson.slice(0, MAX_RAW_CHARACTERS) : data.rawJson}</pre>
      ${isCut ? html`<p class="quiet">Cut here; the link above has all of it.</p>` : ''}
    </details></section>`;
}
