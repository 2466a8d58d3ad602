/**
 * For people who may run an agent: what it does, what it keeps and sends, who can see it, and what that can mean.
 * Nothing is promised here that the software does not keep; numbers come from the configuration.
 */
import { html } from 'hono/html';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderSpan } from './time.ts';
import { toCount, toSentenceList } from './words.ts';

/** Numbers of the configuration. */
export type VolunteersData = {
  readonly services: readonly {
    readonly name: string;
    /** Hosts that are visited, each once. */
    readonly hosts: readonly string[];
    readonly targets: number;
  }[];
  readonly baselineHosts: readonly string[];
  readonly intervalMs: number;
  /** Each round starts up to so much later, at random; 0 for never. */
  readonly jitterMs: number;
  /** Of a page at most this much is fetched. */
  readonly maxBodyBytes: number;
  /** Of a page at most this much is kept. */
  readonly bodyHeadBytes: number;
  /** A timed download of the deep pass ends after this much. */
  readonly goodputBytes: number;
};

function toKilobytes(bytes: number): string {
  return `${Math.round(bytes / 1_024).toLocaleString('en')} kB`;
}

function renderWhat(data: VolunteersData): Fragment {
  const names = toSentenceList(data.services.map(({ name }) => name));
  const targets = data.services.reduce((sum, service) => sum + service.targets, 0);
  return html`<section aria-labelledby="does"><h2 id="does">What the agent does</h2>
    <ul>
      <li>Every ${renderSpan(data.intervalMs)} it visits ${toCount(targets, 'public address', 'public addresses')} of ${names}, and
        ${toCount(data.baselineHosts.length, 'neutral host')} (${toSentenceList(data.baselineHosts)}), as a browser or app would: it looks up the name, connects,
        and fetches at most ${toKilobytes(data.maxBodyBytes)} of a page. It signs in nowhere and sends no message.</li>
      <li>When something fails it tries again after a pause, and may then look closer: other resolvers, another name at the same address, and a
        download of up to ${toKilobytes(data.goodputBytes)}. That is some twenty connections more, seldom, never faster than the plan it is given.</li>
      <li>It waits while there is no network, keeps results on its own disk, and delivers them later over HTTPS.</li>
      <li>It needs no administrator’s rights, opens no port, and carries nobody else’s traffic.</li>
    </ul>
    <details><summary>All hosts that are visited</summary>
      ${data.services.map(({ name, hosts }) => html`<p><strong>${name}</strong>: ${hosts.map((host, index) => html`${index === 0 ? '' : ', '}<code>${host}</code>`)}</p>`)}</details></section>`;
}

function renderStored(data: VolunteersData): Fragment {
  return html`<section aria-labelledby="stored"><h2 id="stored">What is stored and sent</h2>
    <div class="columns"><div><h3>Stored and sent</h3><ul>
      <li>The name of the vantage that its operator chose, its country, and the name and number of the network, as coarse as you agree on.</li>
      <li>When each visit began and how long its steps took.</li>
      <li>What came back: addresses of the services, error codes, certificates, a few headers, and the first ${toKilobytes(data.bodyHeadBytes)} of a page.</li>
      <li>How far the clock of your machine is off, so that times can be trusted.</li>
    </ul></div><div><h3>Never stored and never sent</h3><ul>
      <li>The addresses of your machine. Where a page repeats one, it is struck out on your machine, and a certificate that names one is dropped. Behind a
        router the agent cannot know the public address of your line: name it in <code>REACHLINE_OWN_ADDRESSES</code>, and it is struck out too.</li>
      <li>The addresses of your resolvers: only whether it was the network’s own or a public one.</li>
      <li>The name of your machine or of your account, the name of your Wi-Fi, and where exactly you are.</li>
      <li>Anything of your own traffic: the agent sees only its own connections.</li>
    </ul></div></div>
    <p>One thing to know: the addresses that large services answer with often belong to a data centre near you. They are part of the evidence, and somebody who knows
      them can guess the region you are in.</p></section>`;
}

function renderSeen(data: VolunteersData): Fragment {
  return html`<section aria-labelledby="seen"><h2 id="seen">What others can see</h2>
    <ul>
      <li>The operator of your network, and whoever it answers to, sees that your line connects to these services and to the server that takes the results in.
        Names of hosts are visible to them, contents are not.</li>
      <li>A round every ${renderSpan(data.intervalMs)} and the way the software opens encrypted connections can be told from a browser by somebody who looks for it.
        ${data.jitterMs === 0 ? '' : html`Starts are moved at random by up to ${renderSpan(data.jitterMs)}, which does not hide it. `} <strong>It is not undetectable, and we do not claim so.</strong></li>
      <li>The server that takes results in sees the address you deliver from while you are connected. Reachline does not write it down;
        what stands in front of the server, such as a hosting provider, may. A proxy can be set between.</li>
      <li>Results are public. Whoever compares them with the records of a network may find the line they came from. A publication delay makes that harder:
        ask the operator for one. Nothing is then shown before its time, and starts only to the round.</li>
    </ul></section>`;
}

const MEANING = html`<section aria-labelledby="meaning"><h2 id="meaning">What running it can mean</h2>
  <p>Law differs from country to country, and so does what is done outside the law. In most places visiting a public page is nobody’s concern. In some,
    visiting a blocked one, measuring what is blocked, or working with people abroad who publish it can bring questions, a fine or worse.</p>
  <ul>
    <li>Talk to somebody who knows the law where you are, such as a lawyer of a digital-rights group there, before you start. We cannot advise you.</li>
    <li>Run it only on a line that is yours, or with the consent of whoever it belongs to. Not at work, unless they agree.</li>
    <li>Do not run it where it could put you or people who live with you in danger. Others can measure; nobody can undo harm.</li>
    <li>You need no reason to stop, and owe nobody one.</li>
  </ul></section>`;

const STOPPING = html`<section aria-labelledby="stop"><h2 id="stop">How to stop, and how keys work</h2>
  <ul>
    <li>Stop it with <kbd>Ctrl</kbd>+<kbd>C</kbd>, or with whatever starts it on your machine. What was not delivered yet stays in its data folder.</li>
    <li>Delete the data folder: results that were not delivered and the key are gone. Nothing else is left on your machine but the program.</li>
    <li>Ask the operator to switch the vantage off (<code>reachline vantage disable</code>). From then on nothing that carries its key is taken in.</li>
    <li>At the first start your machine makes a key of its own and shows the public half to the server, with a token that the operator gave you; it works once and
      for 24 hours. The secret half never leaves your machine. Every delivery is signed with it, so that nobody can speak in the name of your vantage.</li>
    <li>If the key may have been seen by others, tell the operator: it is revoked, and <code>reachline vantage rotate</code> lets you begin with a new one.</li>
    <li>What was published already stays: it is evidence that others rely on, and copies of it are out of our reach.</li>
  </ul></section>`;

/** Makes the page for volunteers. */
export function createVolunteersPage(data: VolunteersData, frame: Frame): Page {
  const main = html`<p class="crumb"><a href="${linkTo(frame, '/v')}">All vantages</a></p>
  <h1>Running a vantage</h1>
  <p class="lead">Blocks differ from network to network, so somebody has to look from inside each. A vantage is a small program, the agent, on a machine in such a
    network. Read this page to its end before you run one.</p>
  <div class="prose">
  ${renderWhat(data)}${renderStored(data)}${renderSeen(data)}${MEANING}${STOPPING}
  </div>`;
  return {
    title: 'Running a vantage',
    description:
      'What an agent does, what it stores, who can see it, and what running it can mean.',
    current: 'vantages',
    main,
    hasZoneForm: false,
  };
}
