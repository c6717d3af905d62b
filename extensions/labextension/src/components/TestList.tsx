import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { number } from '../time';
import { usePanel } from './context';
import { Glyph, GlyphName } from './Glyph';

export interface ITestRow {
  notebook: string;
  gradeId: string;
  status: string;
  message: string | null;
  score: number | null;
  maxScore: number | null;
}

/** More passed tests than this are folded into one line. */
const FOLD_ABOVE = 5;

const GLYPHS: Record<string, GlyphName> = {
  passed: 'passed',
  partial: 'partial',
  failed: 'notYet',
  error: 'error',
  timeout: 'clock',
  'not-run': 'skipped',
  manual: 'person'
};

function wordOf(status: string, trans: TranslationBundle): string {
  switch (status) {
    case 'passed':
      return trans.__('Passed');
    case 'partial':
      return trans.__('Partly');
    case 'failed':
      return trans.__('Not yet');
    case 'error':
      return trans.__('Stopped');
    case 'timeout':
      return trans.__('Took too long');
    case 'manual':
      return trans.__('Waits for a reader');
    default:
      return trans.__('Not run');
  }
}

/** Return a grade_id as a person would write it: "test_mean_of_list" is "Mean of list". */
export function nameOf(gradeId: string): string {
  const words = gradeId.replace(/^tests?[_-]+/i, '').replace(/[_-]+/g, ' ');
  const text = words.trim() || gradeId;
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/** The tests of a result, those that need a look first. */
export function TestList(props: { rows: ITestRow[] }): JSX.Element {
  const { trans } = usePanel();
  const passed = props.rows.filter(row => row.status === 'passed');
  const rest = props.rows.filter(row => row.status !== 'passed');
  const several = new Set(props.rows.map(row => row.notebook)).size > 1;
  const list = (rows: ITestRow[]) => (
    <ul className="nbq-tests">
      {rows.map(row => (
        <Test
          key={`${row.notebook}/${row.gradeId}`}
          row={row}
          showNotebook={several}
        />
      ))}
    </ul>
  );
  return (
    <>
      {rest.length > 0 && list(rest)}
      {passed.length > FOLD_ABOVE ? (
        <details className="nbq-fold">
          <summary>
            <Glyph name="passed" />
            {trans._n('%1 test passed', '%1 tests passed', passed.length)}
          </summary>
          {list(passed)}
        </details>
      ) : (
        passed.length > 0 && list(passed)
      )}
    </>
  );
}

function Test(props: { row: ITestRow; showNotebook: boolean }): JSX.Element {
  const { trans, locale } = usePanel();
  const { notebook, gradeId, status, message, score, maxScore } = props.row;
  return (
    <li className="nbq-test" data-status={status}>
      <Glyph name={GLYPHS[status] ?? 'skipped'} />
      <div className="nbq-test-body">
        <div className="nbq-row">
          <span className="nbq-test-name" title={gradeId}>
            {nameOf(gradeId)}
          </span>
          <span className="nbq-test-word">
            {wordOf(status, trans)}
            {maxScore !== null && score !== null && (
              <span className="nbq-muted">
                {' · '}
                {trans.__(
                  '%1 of %2',
                  number(score, locale),
                  number(maxScore, locale)
                )}
              </span>
            )}
          </span>
        </div>
        {props.showNotebook && (
          <div className="nbq-muted nbq-small">{notebook}</div>
        )}
        {message && <Message text={message} />}
      </div>
    </li>
  );
}

/** What a test says: sentences as sentences, Python's own words as code. */
export function Message(props: { text: string }): JSX.Element {
  const isCode = /\n|^\w*(Error|Exception|Exit|Interrupt)\b/.test(props.text);
  return (
    <p className={isCode ? 'nbq-message nbq-code' : 'nbq-message'} tabIndex={isCode ? 0 : undefined}>
      <bdi>{props.text}</bdi>
    </p>
  );
}
