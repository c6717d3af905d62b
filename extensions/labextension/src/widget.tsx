import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import { IPanelContext } from './components/context';
import { Panel } from './components/Panel';
import type { LearningModel } from './model';

/** The panel at the left. */
export class NbquestPanel extends ReactWidget {
  constructor(
    private _model: LearningModel,
    private _context: IPanelContext
  ) {
    super();
    this.id = 'nbquest-panel';
    this.addClass('jp-NbquestPanel');
    this.node.dataset.nbquest = 'nbquest-panel';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'nbquest');
  }

  /** Bring an assignment into view and move the focus to it. */
  reveal(course: string, assignment: string): void {
    const card = this.node.querySelector<HTMLElement>(
      `[data-nbquest="assignment-${CSS.escape(assignment)}"][data-course="${CSS.escape(course)}"]`
    );
    card?.closest('details')?.setAttribute('open', '');
    card?.scrollIntoView({ block: 'nearest' });
    card?.focus({ preventScroll: true });
  }

  protected override render(): JSX.Element {
    return <Panel model={this._model} context={this._context} />;
  }
}
