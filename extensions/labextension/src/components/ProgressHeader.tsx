import React from 'react';

import { number } from '../time';
import type { IProgress } from '../types';
import { usePanel } from './context';
import { Glyph } from './Glyph';

/** Level, XP and streak: a quiet line at the top. */
export function ProgressHeader(props: { progress: IProgress }): JSX.Element {
  const { trans, locale } = usePanel();
  const { xp, level, level_floor, next_level_at, streak } = props.progress;
  const left = next_level_at - xp;
  const share = (xp - level_floor) / Math.max(1, next_level_at - level_floor);
  return (
    <div className="nbq-progress" data-nbquest="progress">
      <div className="nbq-row">
        <strong>{trans.__('Level %1', number(level, locale))}</strong>
        <span className="nbq-xp">
          {trans.__('%1 XP', number(xp, locale))}
        </span>
      </div>
      <div className="nbq-bar" aria-hidden="true">
        <div style={{ transform: `scaleX(${Math.min(1, share)})` }} />
      </div>
      <div className="nbq-row nbq-muted">
        <span>
          {trans.__(
            '%1 XP to level %2',
            number(left, locale),
            number(level + 1, locale)
          )}
        </span>
        {streak.current > 0 && (
          <span
            className="nbq-streak"
            title={
              streak.kept_today
                ? trans.__('Kept today. Longest so far: %1.', streak.longest)
                : trans.__(
                    'Not kept yet today: one graded submission keeps it.'
                  )
            }
          >
            <Glyph name="flame" />
            {trans._n(
              '%1-day streak',
              '%1-day streak',
              streak.current,
              number(streak.current, locale)
            )}
          </span>
        )}
      </div>
    </div>
  );
}
