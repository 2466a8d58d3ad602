/** What all pages of alerts share: their frame, where messages are switched on, and who sends too many forms. */
import { type Frame, type Page, renderPage } from '../dashboard/pages/frame.ts';
import type { AlertDesk } from './alerts/desk.ts';
import { zoneOfLanguage } from './alerts/wish-form.ts';
import type { FormRequest, HandlerDeps, HandlerRequest } from './contract.ts';
import { createFrame } from './pages.ts';
import { RequestProblem } from './problem.ts';
import { replyHtml } from './reply.ts';

/** Sends a page of alerts. */
export async function sendAlertPage(
  handled: HandlerRequest,
  frame: Frame,
  page: Page,
  status = 200,
): Promise<Response> {
  return replyHtml(handled, await renderPage(frame, page), status);
}

/** A frame in the zone that readers of the language live in. */
export function openAlertFrame(
  handled: HandlerRequest,
  deps: HandlerDeps,
  kept: readonly string[] = [],
): Frame {
  const zone = zoneOfLanguage(handled.locale);
  return createFrame(handled, deps, zone, kept, zone);
}

/** Where messages are switched on. @throws RequestProblem where they are not */
export function needDesk({ alerts }: HandlerDeps): AlertDesk {
  if (alerts !== undefined) return alerts;
  throw new RequestProblem({
    kind: 'not-switched-on',
    detail: 'This server sends no messages; its feeds tell the same.',
  });
}

/** A wait as `Retry-After` has it. */
export const toSeconds = (waitMs: number): number => Math.max(1, Math.ceil(waitMs / 1_000));

/** Counts the form. @throws RequestProblem when its sender sent too many */
export function admit(desk: AlertDesk, { client }: FormRequest): void {
  const refused = desk.admit(client);
  if (refused === undefined) return;
  throw new RequestProblem({
    kind: 'too-many-requests',
    detail: 'Too many forms came from your network. Nothing of this one was kept.',
    retryAfterSeconds: toSeconds(refused.waitMs),
  });
}

/** The key in the address. */
export const readToken = ({ parameters }: HandlerRequest): string => parameters['token'] ?? '';
