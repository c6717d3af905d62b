import { UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import { findCurrentKey, IItem } from '../items';
import type { LearningModel } from '../model';
import { number } from '../time';
import type { ICourseWork } from '../types';
import { AssignmentCard } from './AssignmentCard';
import { IPanelContext, PanelContext, usePanel } from './context';
import { Glyph } from './Glyph';
import { ProgressHeader } from './ProgressHeader';
import { summaryOf } from './ResultView';

/** The whole panel. */
export function Panel(props: {
  model: LearningModel;
  context: IPanelContext;
}): JSX.Element {
  const { model, context } = props;
  return (
    <PanelContext.Provider value={context}>
      <UseSignal signal={model.changed}>
        {() => <Content model={model} />}
      </UseSignal>
      <UseSignal signal={model.resulted}>
        {(_, item) => <Announcement item={item ?? null} />}
      </UseSignal>
    </PanelContext.Provider>
  );
}

/** A result, said to a screen reader once. */
function Announcement(props: { item: IItem | null }): JSX.Element {
  const { trans, locale } = usePanel();
  const result = props.item?.submission?.result;
  const words = [];
  if (props.item && result) {
    words.push(
      trans.__(
        '%1: %2 of %3 points.',
        props.item.work.assignment.title,
        number(result.score, locale),
        number(result.max_score, locale)
      ),
      summaryOf(result, trans)
    );
    if (result.xp_gained > 0) {
      words.push(trans.__('%1 XP gained.', number(result.xp_gained, locale)));
    }
  }
  return (
    <div className="nbq-sr" role="status" aria-live="polite">
      {words.join(' ')}
    </div>
  );
}

function Content(props: { model: LearningModel }): JSX.Element {
  const { trans } = usePanel();
  const { model } = props;
  if (model.isLoading) {
    return (
      <div className="nbq-loading" role="status">
        <span className="nbq-sr">{trans.__('Loading your courses…')}</span>
        <div />
        <div />
        <div />
      </div>
    );
  }
  const currentKey = findCurrentKey(
    model.courses.flatMap(course => model.items(course))
  );
  return (
    <>
      {model.me && <ProgressHeader progress={model.me.progress} />}
      {model.problem && <Problem problem={model.problem} />}
      {model.courses.map(course => (
        <Course
          key={course.course.slug}
          model={model}
          course={course}
          currentKey={currentKey}
        />
      ))}
      {!model.problem && model.courses.length === 0 && <NoCourses />}
    </>
  );
}

function Problem(props: { problem: Error }): JSX.Element {
  const { trans, reload } = usePanel();
  return (
    <div className="nbq-notice" data-kind="error" role="alert">
      <Glyph name="error" />
      <div>
        <p>{props.problem.message}</p>
        <button
          type="button"
          className="nbq-button"
          data-nbquest="retry"
          onClick={reload}
        >
          {trans.__('Try again')}
        </button>
      </div>
    </div>
  );
}

function NoCourses(): JSX.Element {
  const { trans, reload } = usePanel();
  return (
    <div className="nbq-empty" data-nbquest="empty">
      <p>{trans.__('Your courses will be here.')}</p>
      <p className="nbq-muted">
        {trans.__(
          'There is none yet. When your instructor publishes one or lets you in, its assignments appear in this panel.'
        )}
      </p>
      <button type="button" className="nbq-button" onClick={reload}>
        {trans.__('Look again')}
      </button>
    </div>
  );
}

function Course(props: {
  model: LearningModel;
  course: ICourseWork;
  currentKey: string | null;
}): JSX.Element {
  const { trans } = usePanel();
  const { course, role } = props.course;
  const items = props.model.items(props.course);
  return (
    <details className="nbq-course" data-nbquest={`course-${course.slug}`} open>
      <summary>
        <h2 title={course.description || undefined}>
          <bdi>{course.title}</bdi>
        </h2>
        {role !== 'learner' && (
          <span className="nbq-role nbq-muted nbq-small">
            {role === 'instructor'
              ? trans.__('You teach this')
              : trans.__('You mentor here')}
          </span>
        )}
      </summary>
      {items.length > 0 ? (
        <ul className="nbq-cards">
          {items.map(item => (
            <AssignmentCard
              key={item.key}
              item={item}
              isCurrent={item.key === props.currentKey}
            />
          ))}
        </ul>
      ) : (
        <p className="nbq-empty nbq-muted">
          {trans.__(
            'This course has no assignments yet. They appear here when they are published.'
          )}
        </p>
      )}
    </details>
  );
}
