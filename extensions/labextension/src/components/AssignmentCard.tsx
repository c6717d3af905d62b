import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import {
  hasAllPoints,
  hasNewVersion,
  IItem,
  nextVerb,
  passedAll,
  Verb,
  VERBS
} from '../items';
import { exact, number, relative } from '../time';
import type { IValidation } from '../types';
import { usePanel } from './context';
import { Glyph, GlyphName } from './Glyph';
import { Repairs, ResultView } from './ResultView';
import { TestList } from './TestList';

const DUE_SOON_MS = 2 * 86400 * 1000;

/** One assignment: what it is, how it stands, and what can be done. */
export function AssignmentCard(props: {
  item: IItem;
  /** The one assignment of the view whose next action is the main one. */
  isCurrent: boolean;
}): JSX.Element {
  const { trans, toggleResult } = usePanel();
  const { item, isCurrent } = props;
  const { assignment, latest_submission } = item.work;
  const id = `nbq-${item.course.slug}-${assignment.slug}`;
  const canShow =
    !item.pending && (item.submission !== null || latest_submission !== null);
  return (
    <li
      className="nbq-card"
      data-nbquest={`assignment-${assignment.slug}`}
      data-course={item.course.slug}
      aria-labelledby={id}
      tabIndex={-1}
    >
      <h3 id={id} title={assignment.description || undefined}>
        <bdi>{assignment.title}</bdi>
      </h3>
      <Meta item={item} />
      <Buttons item={item} isCurrent={isCurrent} />
      <Working item={item} />
      <Notice item={item} />
      {item.validation && <ValidationView validation={item.validation} />}
      {canShow && (
        <button
          type="button"
          className="nbq-link nbq-small"
          data-nbquest="toggle-result"
          aria-expanded={item.showDetails && item.submission !== null}
          onClick={() => toggleResult(item)}
        >
          {item.showDetails && item.submission
            ? trans.__('Hide the last result')
            : trans.__('Show the last result')}
        </button>
      )}
      {item.showDetails && item.submission && !item.pending && (
        <ResultView item={item} submission={item.submission} />
      )}
    </li>
  );
}

function Meta(props: { item: IItem }): JSX.Element {
  const { trans, locale } = usePanel();
  const { item } = props;
  const { assignment, best_score, max_score, late } = item.work;
  const [glyph, word, tone] = stateOf(item, trans);
  return (
    <div className="nbq-meta">
      <span className="nbq-state" data-tone={tone} data-nbquest="state">
        <Glyph name={glyph} />
        {word}
      </span>
      <span className="nbq-points" data-nbquest="points">
        {best_score === null
          ? trans._n(
              '%1 point',
              '%1 points',
              Number(max_score || assignment.points),
              number(max_score || assignment.points, locale)
            )
          : trans.__(
              '%1 of %2 points',
              number(best_score, locale),
              number(max_score, locale)
            )}
      </span>
      {assignment.due_at && (
        <Due dueAt={assignment.due_at} done={hasAllPoints(item)} />
      )}
      {late && <span className="nbq-warm">{trans.__('Submitted late')}</span>}
    </div>
  );
}

function Due(props: { dueAt: string; done: boolean }): JSX.Element {
  const { trans, locale } = usePanel();
  const now = new Date();
  const due = new Date(props.dueAt);
  const soon = !props.done && due.getTime() - now.getTime() < DUE_SOON_MS;
  const when = relative(due, now, locale);
  return (
    <time
      className={soon ? 'nbq-warm' : undefined}
      dateTime={props.dueAt}
      title={exact(due, locale)}
      data-nbquest="due"
    >
      {due < now ? trans.__('Was due %1', when) : trans.__('Due %1', when)}
      <span className="nbq-sr">, {exact(due, locale)}</span>
    </time>
  );
}

function stateOf(
  item: IItem,
  trans: TranslationBundle
): [GlyphName, string, string] {
  if (item.pending || item.work.state === 'grading') {
    return ['clock', trans.__('Grading'), 'plain'];
  }
  if (item.work.state === 'could-not-grade') {
    return ['error', trans.__('Could not be graded'), 'alert'];
  }
  if (item.work.state === 'graded') {
    return hasAllPoints(item)
      ? ['passed', trans.__('All points'), 'growth']
      : ['partial', trans.__('Graded'), 'plain'];
  }
  return item.local
    ? ['open', trans.__('In progress'), 'plain']
    : ['open', trans.__('Not started'), 'muted'];
}

function labelOf(verb: Verb, item: IItem, trans: TranslationBundle): string {
  switch (verb) {
    case 'fetch':
      return hasNewVersion(item) ? trans.__('Update') : trans.__('Fetch');
    case 'open':
      return trans.__('Open');
    case 'validate':
      return trans.__('Validate');
    case 'submit':
      return trans.__('Submit');
  }
}

function hintOf(verb: Verb, item: IItem, trans: TranslationBundle): string {
  if (!item.local && verb !== 'fetch') {
    return trans.__('Fetch the assignment first');
  }
  switch (verb) {
    case 'fetch':
      return hasNewVersion(item)
        ? trans.__('Bring in the new version; what you changed is kept beside')
        : item.local
          ? trans.__('Fetch again; what you changed is kept beside')
          : trans.__('Bring the files in; your work is never overwritten');
    case 'open':
      return trans.__('Open the notebook');
    case 'validate':
      return trans.__('Run the visible tests here, as often as you like');
    case 'submit':
      return trans.__('Save, hand in and have it graded');
  }
}

function Buttons(props: { item: IItem; isCurrent: boolean }): JSX.Element {
  const { trans, run } = usePanel();
  const { item } = props;
  const main = nextVerb(item);
  const mainClass = props.isCurrent ? 'nbq-main' : 'nbq-following';
  // The usual order stays; what was done already (fetch) moves to the end, where it is in nobody's way.
  const verbs = item.local && main !== 'fetch' ? LOCAL_ORDER : VERBS;
  return (
    <div
      className="nbq-buttons"
      role="group"
      aria-label={trans.__('Actions for %1', item.work.assignment.title)}
    >
      {verbs.map(verb => {
        const unavailable =
          item.busy !== null ||
          (!item.local && verb !== 'fetch') ||
          (verb === 'submit' && item.pending !== null);
        return (
          <button
            key={verb}
            type="button"
            className={verb === main ? `nbq-button ${mainClass}` : 'nbq-button'}
            data-nbquest={verb}
            aria-disabled={unavailable}
            title={hintOf(verb, item, trans)}
            onClick={() => !unavailable && run(verb, item)}
          >
            {labelOf(verb, item, trans)}
          </button>
        );
      })}
    </div>
  );
}

const LOCAL_ORDER: readonly Verb[] = ['open', 'validate', 'submit', 'fetch'];

/** Long work, while it lasts. */
function Working(props: { item: IItem }): JSX.Element | null {
  const { trans } = usePanel();
  const { busy, pending } = props.item;
  let text: string | null = null;
  if (busy === 'fetch') {
    text = trans.__('Fetching…');
  } else if (busy === 'validate') {
    text = trans.__('Running the visible tests…');
  } else if (busy === 'submit') {
    text = trans.__('Saving and sending…');
  } else if (pending) {
    text =
      pending.phase === 'queued'
        ? trans.__('Submitted. Waiting for its turn…')
        : trans.__('Submitted. Grading…');
  }
  return (
    <div role="status" aria-live="polite">
      {text && (
        <div className="nbq-working" data-nbquest="working">
          <span className="nbq-spinner" aria-hidden="true" />
          {text}
        </div>
      )}
    </div>
  );
}

function Notice(props: { item: IItem }): JSX.Element {
  const notice = props.item.notice;
  return (
    <div role={notice?.kind === 'error' ? 'alert' : 'status'}>
      {notice && (
        <div
          className="nbq-notice"
          data-kind={notice.kind}
          data-nbquest="notice"
        >
          {notice.kind === 'error' && <Glyph name="error" />}
          <div>
            {notice.lines.map(line => (
              <p key={line}>{line}</p>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

function ValidationView(props: { validation: IValidation }): JSX.Element {
  const { trans } = usePanel();
  const { cells, problems, repairs } = props.validation;
  const ran = cells.filter(cell => cell.status !== 'not-run');
  const passed = ran.filter(cell => cell.status === 'passed').length;
  return (
    <section
      className="nbq-result nbq-validation"
      data-nbquest="validation"
      data-status={passedAll(props.validation) ? 'passed' : 'not-yet'}
      aria-label={trans.__('Visible tests')}
    >
      <p className="nbq-summary" role="status">
        {ran.length === 0
          ? trans.__('There is no visible test here. Submit to have it graded.')
          : trans._n(
              '%2 of %1 visible test passed here.',
              '%2 of %1 visible tests passed here.',
              ran.length,
              passed
            )}{' '}
        {ran.length > 0 &&
          passed === ran.length &&
          trans.__('Submit to run the hidden ones too.')}
      </p>
      <TestList
        rows={cells.map(cell => ({
          notebook: cell.notebook,
          gradeId: cell.grade_id,
          status: cell.status,
          message: cell.message,
          score: null,
          maxScore: null
        }))}
      />
      {problems.length > 0 && (
        <ul className="nbq-problems">
          {problems.map(problem => (
            <li key={`${problem.notebook}/${problem.cell}`}>
              {trans.__(
                'Cell %1 of %2 stopped: %3',
                problem.cell,
                problem.notebook,
                problem.message
              )}
            </li>
          ))}
        </ul>
      )}
      <Repairs repairs={repairs} />
    </section>
  );
}
