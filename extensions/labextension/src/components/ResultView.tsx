import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IItem } from '../items';
import { clock, exact, number } from '../time';
import type { IResult, ISubmission } from '../types';
import { usePanel } from './context';
import { Glyph } from './Glyph';
import { Message, TestList } from './TestList';

/** What happened to a submission, and what to do next. */
export function ResultView(props: {
  item: IItem;
  submission: ISubmission;
}): JSX.Element | null {
  const { trans, locale } = usePanel();
  const { item, submission } = props;
  const result = submission.result;
  if (!result) {
    return (
      <section
        className="nbq-result"
        data-nbquest="result"
        data-status={submission.state}
      >
        <p>
          {submission.message && `${submission.message} `}
          {trans.__(
            'This could not be graded, and that is not your doing. Your work is kept safe; submit again, or tell your instructor.'
          )}
        </p>
      </section>
    );
  }
  const full = result.score >= result.max_score && !result.needs_manual.length;
  const gradedAt = new Date(result.graded_at);
  return (
    <section
      className="nbq-result"
      data-nbquest="result"
      data-status={result.status}
      data-full={full}
      aria-label={trans.__('Result')}
    >
      <div className="nbq-row">
        <strong className="nbq-score">
          <Glyph name={full ? 'passed' : 'partial'} />
          {trans.__(
            '%1 of %2 points',
            number(result.score, locale),
            number(result.max_score, locale)
          )}
        </strong>
        <time
          className="nbq-muted nbq-small"
          dateTime={result.graded_at}
          title={exact(gradedAt, locale)}
        >
          {trans.__('Graded %1', clock(gradedAt, locale))}
        </time>
      </div>
      <p className="nbq-summary">{summaryOf(result, trans)}</p>
      {submission.penalty_percent > 0 && (
        <p className="nbq-warm nbq-small" data-nbquest="penalty-taken">
          {trans.__(
            'Late: −%1 % of %2 points.',
            number(submission.penalty_percent, locale),
            number(
              result.auto_score + (result.manual_score ?? 0),
              locale
            )
          )}
        </p>
      )}
      <Gains item={item} result={result} />
      {result.message && <Message text={result.message} />}
      <TestList
        rows={result.cells.map(cell => ({
          notebook: cell.notebook,
          gradeId: cell.grade_id,
          status: cell.status,
          message: cell.message,
          score: cell.score,
          maxScore: cell.max_score
        }))}
      />
      <Repairs repairs={result.repairs} />
      <Next result={result} full={full} />
    </section>
  );
}

/** Return what happened, in one sentence. */
export function summaryOf(result: IResult, trans: TranslationBundle): string {
  switch (result.status) {
    case 'timeout':
      return trans.__(
        'Grading took too long and was stopped. Look for a loop that never ends.'
      );
    case 'memory-limit':
      return trans.__(
        'Your program needed more memory than it may use. Look for something that grows without end.'
      );
    case 'rejected-invalid':
      return trans.__(
        'The file could not be read as a notebook, so there was nothing to grade.'
      );
  }
  const counted = result.cells.filter(cell => cell.status !== 'manual');
  const passed = counted.filter(cell => cell.status === 'passed').length;
  const parts = [
    trans._n(
      '%2 of %1 test passed.',
      '%2 of %1 tests passed.',
      counted.length,
      passed
    )
  ];
  const hidden = counted.filter(
    cell => cell.hidden && cell.status !== 'passed'
  ).length;
  if (hidden) {
    parts.push(
      trans._n(
        '%1 hidden test: not yet.',
        '%1 hidden tests: not yet.',
        hidden
      )
    );
  }
  if (result.needs_manual.length) {
    parts.push(
      trans._n(
        '%1 answer waits for your instructor to read it.',
        '%1 answers wait for your instructor to read them.',
        result.needs_manual.length
      )
    );
  }
  return parts.join(' ');
}

/** XP, streak and level: what the work gave. */
function Gains(props: { item: IItem; result: IResult }): JSX.Element | null {
  const { trans, locale } = usePanel();
  const { streak, fresh, levelReached } = props.item;
  const gained = props.result.xp_gained;
  if (!gained && !streak?.current) {
    return null;
  }
  return (
    <div className="nbq-gains" data-fresh={fresh && gained > 0}>
      {gained > 0 && (
        <span className="nbq-pill nbq-pill-xp" data-nbquest="xp-gained">
          {trans.__('+%1 XP', number(gained, locale))}
        </span>
      )}
      {streak !== null && streak.current > 0 && (
        <span className="nbq-pill nbq-pill-streak" data-nbquest="streak">
          <Glyph name="flame" />
          {trans._n(
            '%1-day streak',
            '%1-day streak',
            streak.current,
            number(streak.current, locale)
          )}
        </span>
      )}
      {levelReached !== null && (
        <span className="nbq-pill nbq-pill-level" data-nbquest="level-up">
          {trans.__('Level %1 reached!', number(levelReached, locale))}
        </span>
      )}
    </div>
  );
}

export function Repairs(props: { repairs: string[] }): JSX.Element | null {
  const { trans } = usePanel();
  if (!props.repairs.length) {
    return null;
  }
  return (
    <details className="nbq-fold nbq-repairs" data-nbquest="repairs" open>
      <summary>
        {trans._n(
          '%1 thing was repaired',
          '%1 things were repaired',
          props.repairs.length
        )}
      </summary>
      <ul>
        {props.repairs.map(repair => (
          <li key={repair}>{repair}</li>
        ))}
      </ul>
    </details>
  );
}

/** What to do next: the site's suggestion, else what the result itself suggests. */
function Next(props: { result: IResult; full: boolean }): JSX.Element | null {
  const { trans, show } = usePanel();
  const next = props.result.next_step;
  if (next) {
    return (
      <div className="nbq-next" data-nbquest="next-step">
        <button
          type="button"
          className="nbq-link"
          onClick={() => show(next.course, next.assignment)}
        >
          <Glyph name="arrow" />
          {trans.__('Next: %1', next.title)}
        </button>
        {next.reason && <p className="nbq-muted">{next.reason}</p>}
      </div>
    );
  }
  if (props.full) {
    return null;
  }
  return (
    <p className="nbq-muted nbq-next" data-nbquest="next-step">
      {trans.__(
        'Next: look at the first test that is not there yet, change your solution, then submit again. Only your best result counts.'
      )}
    </p>
  );
}
