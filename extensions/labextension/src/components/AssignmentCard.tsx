import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import {
  hasAllPoints,
  hasNewVersion,
  IItem,
  nextVerb,
  passedAll,
  Verb,
  VERBS,
  whyNot
} from '../items';
import { exact, number, relative } from '../time';
import type { IStanding, IValidation, IWaiting } from '../types';
import { usePanel } from './context';
import { DraftWish } from './DraftWish';
import { Glyph, GlyphName } from './Glyph';
import { Repairs, ResultView } from './ResultView';
import { TestList } from './TestList';

const SOON_MS = 2 * 86400 * 1000;

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
      <Buttons item={item} isCurrent={isCurrent} reasonId={`${id}-reason`} />
      <Reason item={item} id={`${id}-reason`} />
      <DraftWish item={item} id={id} />
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
  const { assignment, standing, max_score, late } = item.work;
  const score = item.work.counted_score ?? item.work.best_score;
  const [glyph, word, tone] = stateOf(item, trans);
  return (
    <div className="nbq-meta">
      <span className="nbq-state" data-tone={tone} data-nbquest="state">
        <Glyph name={glyph} />
        {word}
      </span>
      <span className="nbq-points" data-nbquest="points">
        {score === null
          ? trans._n(
              '%1 point',
              '%1 points',
              Number(max_score || assignment.points),
              number(max_score || assignment.points, locale)
            )
          : trans.__(
              '%1 of %2 points',
              number(score, locale),
              number(max_score, locale)
            )}
      </span>
      <Times standing={standing} done={hasAllPoints(item)} />
      {standing.extended && (
        <span data-nbquest="extended">{trans.__('Extended for you')}</span>
      )}
      {standing.attempts_left !== null && standing.attempts !== null && (
        <span data-nbquest="attempts">
          {trans._n(
            '%2 of %1 submission left',
            '%2 of %1 submissions left',
            standing.attempts,
            number(standing.attempts_left, locale)
          )}
        </span>
      )}
      {standing.state === 'late' && standing.needs_consent && (
        <span className="nbq-warm" data-nbquest="penalty">
          {standing.penalty_percent
            ? trans.__('Late: −%1 %', number(standing.penalty_percent, locale))
            : trans.__('Late: would not count')}
        </span>
      )}
      {late && <span className="nbq-warm">{trans.__('Submitted late')}</span>}
    </div>
  );
}

/** When it opens, is due or ends for this learner, whichever they need to know now. */
function Times(props: {
  standing: IStanding;
  done: boolean;
}): JSX.Element | null {
  const { trans } = usePanel();
  const { standing, done } = props;
  const { state, opens_at, due_at, closes_at, exam_ends_at } = standing;
  const { next_allowed_at } = standing;
  const time = (
    name: string,
    at: string,
    words: (when: string) => string,
    presses = false
  ) => (
    <Time {...{ name, at, words, presses }} zone={standing.time_zone} />
  );
  if (state === 'not-open-yet' && opens_at) {
    return time('opens', opens_at, when => trans.__('Opens %1', when));
  }
  if (state === 'closed' && closes_at) {
    return time('closed', closes_at, when => trans.__('Closed %1', when));
  }
  return (
    <>
      {due_at &&
        time(
          'due',
          due_at,
          when =>
            new Date(due_at) < new Date()
              ? trans.__('Was due %1', when)
              : trans.__('Due %1', when),
          !done
        )}
      {exam_ends_at &&
        time(
          'exam',
          exam_ends_at,
          when => trans.__('Your time ends %1', when),
          !done
        )}
      {state === 'late' &&
        closes_at &&
        time('closes', closes_at, when => trans.__('Closes %1', when), !done)}
      {state === 'cooling-down' &&
        next_allowed_at &&
        new Date(next_allowed_at) > new Date() &&
        time('cooling-down', next_allowed_at, when =>
          trans.__('Next submission %1', when)
        )}
    </>
  );
}

function Time(props: {
  name: string;
  at: string;
  words: (when: string) => string;
  zone: string;
  /** Whether it matters that it is near. */
  presses: boolean;
}): JSX.Element {
  const { locale } = usePanel();
  const now = new Date();
  const at = new Date(props.at);
  const soon = props.presses && at.getTime() - now.getTime() < SOON_MS;
  return (
    <time
      className={soon ? 'nbq-warm' : undefined}
      dateTime={props.at}
      title={exact(at, locale, props.zone)}
      data-nbquest={props.name}
    >
      {props.words(relative(at, now, locale))}
      <span className="nbq-sr">, {exact(at, locale, props.zone)}</span>
    </time>
  );
}

/** Why it can't be handed in now; said once, and not to who has nothing left to do. */
function Reason(props: { item: IItem; id: string }): JSX.Element | null {
  const { item, id } = props;
  const reason = whyNot(item);
  if (!reason || hasAllPoints(item) || item.notice?.lines.includes(reason)) {
    return null;
  }
  return (
    <p className="nbq-reason" id={id} data-nbquest="reason">
      {reason}
    </p>
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
      return whyNot(item) ?? trans.__('Save, hand in and have it graded');
  }
}

function Buttons(props: {
  item: IItem;
  isCurrent: boolean;
  /** The element that says why it can't be handed in, where there is one. */
  reasonId: string;
}): JSX.Element {
  const { trans, run } = usePanel();
  const { item } = props;
  const main = nextVerb(item);
  const refused = whyNot(item) !== null;
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
          (verb === 'submit' && (item.pending !== null || refused));
        return (
          <button
            key={verb}
            type="button"
            className={verb === main ? `nbq-button ${mainClass}` : 'nbq-button'}
            data-nbquest={verb}
            aria-disabled={unavailable}
            aria-describedby={
              verb === 'submit' && refused ? props.reasonId : undefined
            }
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

/** Where a submission stands that waits for its turn. */
function queued(trans: TranslationBundle, waiting?: IWaiting | null): string {
  if (!waiting) {
    return trans.__('Submitted. Waiting for its turn…');
  }
  if (!waiting.has_worker) {
    return trans.__(
      'Submitted. Nothing grades this course at the moment; yours is graded as soon as something does.'
    );
  }
  const where =
    waiting.place === 1
      ? trans.__('Submitted. Next to be graded')
      : trans.__('Submitted. Number %1 in the queue', waiting.place);
  if (waiting.seconds === null) {
    return `${where}…`;
  }
  return waiting.seconds < 120
    ? trans._n(
        '%2: about %1 second…',
        '%2: about %1 seconds…',
        waiting.seconds,
        where
      )
    : trans.__('%2: about %1 minutes…', Math.ceil(waiting.seconds / 60), where);
}

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
        ? queued(trans, pending.waiting)
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
