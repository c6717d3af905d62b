import React from 'react';

const PATHS = {
  passed: 'M3.5 8.5l3 3 6-7',
  partial: 'M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11',
  open: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z',
  notYet: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM5.5 8h5',
  error: 'M8 2.5l6 11H2zM8 6.5v3.2M8 11.4v.2',
  clock: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2l2 1.3',
  skipped: 'M4 8h8',
  person: 'M8 3a2.4 2.4 0 1 0 0 4.8A2.4 2.4 0 0 0 8 3zM3.5 13.2c.6-2.4 2.3-3.6 4.5-3.6s3.9 1.2 4.5 3.6',
  flame:
    'M8 14c-2.6 0-4.4-1.7-4.4-4 0-1.8 1-2.9 1.9-3.9.2 1 .7 1.6 1.3 1.9C6.6 5.4 7.6 3.4 9.4 2c0 2 .8 3 1.7 4.1.8 1 1.3 2.2 1.3 3.7 0 2.5-1.8 4.2-4.4 4.2z',
  arrow: 'M3.5 8h9M9 4.5L12.5 8 9 11.5',
  folder: 'M2.5 4.5h4l1.5 1.7h5.5v6.3h-11z'
} as const;

export type GlyphName = keyof typeof PATHS;

/** One of our outline icons. A word always stands beside it, so it says nothing to a screen reader. */
export function Glyph(props: { name: GlyphName }): JSX.Element {
  return (
    <svg className="nbq-glyph" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[props.name]} />
      {props.name === 'partial' && (
        <path className="nbq-glyph-fill" d="M8 2.5a5.5 5.5 0 1 0 0 11z" />
      )}
    </svg>
  );
}
