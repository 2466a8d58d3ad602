/** Answers that threads make; they share their places. Loaded with the first of them. */
import { createAnswerPast } from '../past/answer-past.ts';
import { createAnswerExport } from './answer-export.ts';
import { createAnswerOoni } from './answer-ooni.ts';
import type { Exporter } from './export-thread.ts';

/** Makes the handlers; nothing is started before it is asked for. */
export function createThreaded(exporter: Exporter) {
  return {
    answerExport: createAnswerExport(exporter),
    answerOoni: createAnswerOoni(exporter),
    answerPast: createAnswerPast(exporter),
  };
}
