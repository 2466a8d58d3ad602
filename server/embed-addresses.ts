/** Where others find an answer: its page, frame, badge and card, all absolute. */
import type { Say } from '../dashboard/i18n/say.ts';
import { sayQuestion } from '../dashboard/pages/answer.ts';
import type { EmbedAddresses } from '../dashboard/pages/embed.ts';
import type { HandlerDeps, HandlerRequest } from './contract.ts';
import { toOrigin } from './origin.ts';

/** The service and country of an answer, and the language of its page. */
export type NamedAnswer = {
  readonly service: { readonly id: string; readonly name: string };
  readonly countryCode: string;
  readonly say: Say;
};

/** The address of the page of an answer, absolute where the server knows where it is. */
export function toAnswerUrl(
  handled: Pick<HandlerRequest, 'request' | 'isSecureInFront'>,
  deps: HandlerDeps,
  { service, countryCode, say }: NamedAnswer,
): string {
  return `${toOrigin(handled, deps.info)}/${say.locale}/is/${service.id}/in/${countryCode}`;
}

/** Every address; undefined without a safe origin. */
export function toEmbedAddresses(
  handled: Pick<HandlerRequest, 'request' | 'isSecureInFront'>,
  deps: HandlerDeps,
  named: NamedAnswer,
): EmbedAddresses | undefined {
  const { service, countryCode, say } = named;
  const origin = toOrigin(handled, deps.info);
  if (origin === '') return undefined;
  const query = `lang=${say.locale}`;
  return {
    title: sayQuestion(service.name, countryCode, say),
    embedUrl: `${origin}/embed/is/${service.id}/in/${countryCode}?${query}&range=90d`,
    badgeUrl: `${origin}/badge/${service.id}/${countryCode}.svg?${query}`,
    cardUrl: `${origin}/card/is/${service.id}/in/${countryCode}.png?${query}`,
    pageUrl: toAnswerUrl(handled, deps, named),
  };
}
