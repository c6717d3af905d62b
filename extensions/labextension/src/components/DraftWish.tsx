import React from 'react';

import type { IItem } from '../items';
import { exact, relative } from '../time';
import { usePanel } from './context';

/** Whether what is saved is handed in when it is due; there only where that can still be. */
export function DraftWish(props: {
  item: IItem;
  id: string;
}): JSX.Element | null {
  const { trans, locale, wishDraft } = usePanel();
  const { item, id } = props;
  const { draft, standing } = item.work;
  if (!item.local || (!draft.hands_in_at && !draft.wanted)) {
    return null;
  }
  const now = new Date();
  const at = draft.hands_in_at ? new Date(draft.hands_in_at) : null;
  const saved = draft.saved_at ? new Date(draft.saved_at) : null;
  const problem = item.local.draft_problem;
  return (
    <div className="nbq-draft" data-nbquest="draft">
      <label htmlFor={`${id}-draft`}>
        <input
          id={`${id}-draft`}
          type="checkbox"
          data-nbquest="draft-wish"
          checked={item.wishing ?? draft.wanted}
          aria-disabled={item.wishing !== null}
          aria-describedby={`${id}-draft-state`}
          onChange={event => wishDraft(item, event.target.checked)}
        />
        {trans.__('Hand in what I last saved when it is due, if I haven’t')}
      </label>
      <p
        id={`${id}-draft-state`}
        className="nbq-small nbq-muted"
        data-nbquest="draft-state"
      >
        {!draft.wanted
          ? trans.__('Each time you save, the site then keeps a copy until it is due.')
          : !at
            ? trans.__('Nothing is due any more. Untick it to delete the copy.')
            : saved
              ? trans.__(
                  'The site has what you saved %1. It hands it in %2.',
                  relative(saved, now, locale),
                  exact(at, locale, standing.time_zone)
                )
              : trans.__('Save your work, and the site keeps a copy.')}
      </p>
      {draft.wanted && problem && (
        <p className="nbq-small nbq-warm" role="status">
          {trans.__('What you saved last is not there yet: %1', problem)}
        </p>
      )}
    </div>
  );
}
